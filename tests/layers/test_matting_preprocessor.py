import numpy as np
import pytest
from keras import ops
from layer_checks import check_layer

from keras_indexnet.data import drawn_photograph, standardize_trimap
from keras_indexnet.layers import MattingPreprocessor


def photographs_and_trimaps(height, width, dtype="uint8"):
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (2, height, width, 3))
    return image.astype(dtype), random.choice([0, 128, 255], (2, height, width)).astype(dtype)


def test_it_does_what_keras_users_expect(tmp_path):
    image, trimap = photographs_and_trimaps(9, 13, "float32")
    check_layer(
        MattingPreprocessor,
        {"multiple": 8},
        (image, trimap[..., np.newaxis]),
        [(2, 16, 16, 4)],
        trainable=0,
        non_trainable=0,
        folder=tmp_path,
    )


@pytest.mark.parametrize("size", [(32, 64), (33, 31), (5, 3), (1, 70)])
def test_it_repeats_the_last_row_and_column(size):
    image, trimap = photographs_and_trimaps(*size)
    made = ops.convert_to_numpy(MattingPreprocessor()(image, trimap))
    missing = [(0, -side % 32) for side in size]
    together = np.concatenate([image, trimap[..., np.newaxis]], axis=-1)
    np.testing.assert_array_equal(made, np.pad(together, [(0, 0), *missing, (0, 0)], mode="edge"))


def test_it_reads_trimaps_as_the_command_does():
    drawn = drawn_photograph(seed=1, size=64, kind="fur")
    noise = np.random.default_rng(0).integers(-14, 15, drawn.trimap.shape)  # as JPEG leaves it, and more
    soft = np.clip(drawn.trimap + noise, 0, 255).astype(np.uint8)
    made = ops.convert_to_numpy(MattingPreprocessor()(drawn.image[np.newaxis], soft[np.newaxis]))
    np.testing.assert_array_equal(made[0, ..., 3], standardize_trimap(soft, soft.shape)[0])


@pytest.mark.parametrize(
    ("image", "trimap", "message"),
    [
        ((1, 8, 8, 4), (1, 8, 8), r"image is of shape \(B, H, W, 3\), not \(1, 8, 8, 4\)"),
        ((8, 8, 3), (8, 8), r"image is of shape \(B, H, W, 3\), not \(8, 8, 3\)"),
        ((1, 8, 8, 3), (8, 8), r"trimap is of shape .* not \(8, 8\)"),
        ((1, 8, 8, 3), (1, 8, 8, 3), r"trimap is of shape .* not \(1, 8, 8, 3\)"),
        ((1, 8, 8, 3), (1, 9, 8), r"height and width, \(8, 8\), not \(9, 8\)"),
    ],
)
def test_other_shapes_are_refused(image, trimap, message):
    with pytest.raises(ValueError, match=message):
        MattingPreprocessor()(np.zeros(image, "uint8"), np.zeros(trimap, "uint8"))
