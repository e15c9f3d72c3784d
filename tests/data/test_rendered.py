from pathlib import Path

import cv2
import numpy as np
import pytest

from keras_indexnet.data import ImageFolder, read_foreground

RENDERED = Path(__file__).parents[2] / "datasets" / "rendered"


@pytest.fixture(scope="module")
def cutouts():
    return ImageFolder(RENDERED, read_foreground)


def test_every_rendered_picture_is_a_square_cutout_with_a_solid_or_sheer_part_and_a_background(cutouts):
    for path, rgba in zip(cutouts.paths, cutouts, strict=True):
        alpha = rgba[..., 3]
        assert rgba.shape == (448, 448, 4), path
        assert 0.05 < alpha.mean() / 255 < 0.95, path
        assert np.mean((alpha > 0) & (alpha < 255)) > 0.01, path


def test_colours_go_on_where_alpha_is_zero(cutouts):
    """Just outside stand colours of the foreground nearby, so that resampling and blur take no fringe."""
    for path, rgba in zip(cutouts.paths, cutouts, strict=True):
        alpha, rgb = rgba[..., 3:].astype(np.float32), rgba[..., :3].astype(np.float32)
        weight = cv2.blur(alpha, (9, 9))[..., None]
        outside = (alpha == 0)[..., 0] & (weight > 25)[..., 0]
        if outside.any():
            nearby = cv2.blur(alpha * rgb, (9, 9)) / np.maximum(weight, 1)
            assert np.abs(rgb - nearby)[outside].mean() < 25, path
