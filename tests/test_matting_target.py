import numpy as np

from keras_indexnet.matting_target import ALPHA, BACKGROUND, FOREGROUND, UNKNOWN, matting_target


def test_every_part_is_where_its_name_finds_it():
    rng = np.random.default_rng(0)
    alpha, unknown = rng.random((6, 9), np.float32), rng.random((6, 9)) < 0.5
    foreground, background = rng.random((2, 6, 9, 3), np.float32)
    target = matting_target(alpha, unknown, foreground, background)
    assert target.shape == (6, 9, 8)
    assert target.dtype == np.float32
    np.testing.assert_array_equal(target[..., ALPHA], alpha[..., np.newaxis])
    np.testing.assert_array_equal(target[..., UNKNOWN], unknown[..., np.newaxis])
    np.testing.assert_array_equal(target[..., FOREGROUND], foreground)
    np.testing.assert_array_equal(target[..., BACKGROUND], background)
