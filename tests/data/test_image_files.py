import cv2
import numpy as np
import pytest
from PIL import Image

from keras_indexnet.data import (
    ImageFileError,
    list_images,
    read_foreground,
    read_foregrounds,
    read_gray,
    read_image,
    read_training_foreground,
    write_image,
)


@pytest.fixture
def picture():
    """Red, green and blue stripes, so that exchanged channels or axes show."""
    picture = np.zeros((24, 36, 3), np.uint8)
    picture[:8, :, 0], picture[8:16, :, 1], picture[16:, :, 2] = 250, 200, 150
    return picture


def test_png_keeps_every_pixel(tmp_path, picture):
    write_image(tmp_path / "a.png", picture)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), picture)


def test_rgba_keeps_colours_and_alpha(tmp_path, picture):
    rgba = np.dstack([picture, np.full(picture.shape[:2], 77, np.uint8)])
    write_image(tmp_path / "a.png", rgba)
    np.testing.assert_array_equal(read_foreground(tmp_path / "a.png"), rgba)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), picture)


def test_jpeg_is_read_in_rgb_order(tmp_path, picture):
    Image.fromarray(picture).save(tmp_path / "a.jpg", quality=95)
    difference = read_image(tmp_path / "a.jpg").astype(int) - picture
    assert np.abs(difference).mean() < 12


def test_sixteen_bits_are_reduced_to_eight(tmp_path, picture):
    cv2.imwrite(str(tmp_path / "a.png"), picture[..., ::-1].astype(np.uint16) * 257)
    difference = read_image(tmp_path / "a.png").astype(int) - picture
    assert np.abs(difference).max() <= 1


def test_grey_gets_three_equal_channels(tmp_path, picture):
    write_image(tmp_path / "a.png", picture[..., 0])
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), picture[..., [0, 0, 0]])
    np.testing.assert_array_equal(read_gray(tmp_path / "a.png"), picture[..., 0])


def test_exif_orientation_is_applied(tmp_path, picture):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees to see it upright
    Image.fromarray(picture).save(tmp_path / "a.jpg", exif=exif, quality=95)
    upright = read_image(tmp_path / "a.jpg")
    assert upright.shape == (36, 24, 3)
    assert np.abs(upright.astype(int) - np.rot90(picture, -1)).mean() < 12


def test_names_may_hold_any_letters(tmp_path, picture):
    write_image(tmp_path / "größe 猫.png", picture)
    np.testing.assert_array_equal(read_image(tmp_path / "größe 猫.png"), picture)


BAD_FILES = {"empty": b"", "text": b"hello", "truncated": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00"}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES)
def test_a_broken_file_is_named(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ImageFileError, match=r"a\.png is not an image"):
        read_image(tmp_path / "a.png")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ImageFileError, match=r"There is no file .*a\.png"):
        read_image(tmp_path / "a.png")


def test_a_foreground_needs_alpha(tmp_path, picture):
    write_image(tmp_path / "a.png", picture)
    with pytest.raises(ImageFileError, match="no alpha channel"):
        read_foreground(tmp_path / "a.png")


def test_nothing_half_written_is_left(tmp_path, picture):
    (tmp_path / "a.png").mkdir()  # a folder of that name stands in the way
    with pytest.raises(ImageFileError, match="cannot be written"):
        write_image(tmp_path / "a.png", picture)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_an_unknown_format_is_named(tmp_path, picture):
    with pytest.raises(ImageFileError, match=r"use \.png"):
        write_image(tmp_path / "a.xyz", picture)
    assert not list(tmp_path.iterdir())


def test_listing_a_folder(tmp_path, picture):
    with pytest.raises(ImageFileError, match="holds no image"):
        list_images(tmp_path)
    with pytest.raises(ImageFileError, match="There is no folder"):
        list_images(tmp_path / "none")
    (tmp_path / "deeper").mkdir()
    write_image(tmp_path / "deeper" / "b.PNG", picture)
    write_image(tmp_path / "a.jpg", picture)
    assert [path.name for path in list_images(tmp_path)] == ["a.jpg", "b.PNG"]


@pytest.mark.parametrize(("alpha", "state"), [(0, "transparent"), (255, "opaque")])
def test_a_foreground_without_an_edge_teaches_nothing(tmp_path, alpha, state):
    rgba = np.full((8, 8, 4), alpha, np.uint8)
    write_image(tmp_path / "a.png", rgba)
    with pytest.raises(ImageFileError, match=f"a.png is {state} everywhere, .* cut it out"):
        read_training_foreground(tmp_path / "a.png")
    write_image(tmp_path / "pairs" / "image" / "a.png", rgba[..., :3])
    write_image(tmp_path / "pairs" / "alpha" / "a.png", rgba[..., 3])
    with pytest.raises(ImageFileError, match=f"alpha.a.png is {state} everywhere"):
        read_foregrounds(tmp_path / "pairs")[0]
