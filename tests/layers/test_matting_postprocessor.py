import numpy as np
import pytest
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import MattingPostprocessor


def test_it_does_what_keras_users_expect(tmp_path):
    random = np.random.default_rng(0)
    alpha = random.normal(0.5, 0.5, (2, 16, 16, 1)).astype("float32")
    trimap = random.choice([0, 128, 255], (2, 9, 13, 1)).astype("float32")
    check_layer(
        MattingPostprocessor,
        {},
        (alpha, trimap),
        [(2, 9, 13, 1)],
        trainable=0,
        non_trainable=0,
        folder=tmp_path,
    )


def test_it_cuts_clips_and_keeps_what_is_known():
    alpha = np.float32([[-0.5, 0.25, 0.5, 9], [1.5, 0.75, 0.5, 9], [9, 9, 9, 9]])
    trimap = np.uint8([[128, 100, 3], [128, 0, 250]])
    made = MattingPostprocessor()(alpha[np.newaxis, ..., np.newaxis], trimap[np.newaxis])
    np.testing.assert_array_equal(ops.convert_to_numpy(made)[0, ..., 0], [[0, 0.25, 0], [1, 0, 1]])


def test_another_trimap_is_refused():
    with pytest.raises(ValueError, match=r"MattingPostprocessor's trimap is of shape .* not \(8, 8\)"):
        MattingPostprocessor()(np.zeros((1, 8, 8, 1), "float32"), np.zeros((8, 8), "uint8"))
