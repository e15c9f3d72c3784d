import warnings

import numpy as np
import pytest

from keras_indexnet.data import ImageFileError, ImageFolder, read_foreground, write_image


@pytest.fixture
def folder(tmp_path):
    """Five images by name, of which the second and third are damaged."""
    for number, name in enumerate("abcde"):
        write_image(tmp_path / f"{name}.png", np.full((20, 30, 3), 10 * number, np.uint8))
    for name in "bc":
        whole = (tmp_path / f"{name}.png").read_bytes()
        (tmp_path / f"{name}.png").write_bytes(whole[: len(whole) // 2])
    return tmp_path


def test_a_broken_image_is_named_when_it_is_asked_for(folder):
    images = ImageFolder(folder)
    assert len(images) == 5
    assert images[4][0, 0, 0] == 40
    with pytest.raises(ImageFileError, match=r"b\.png is not an image"):
        images[1]


def test_a_skipped_image_is_named_once_and_the_next_readable_one_takes_its_place(folder):
    images = ImageFolder(folder, broken="skip")
    with pytest.warns(UserWarning, match=r"\.png is not an image .* takes its place") as warned:
        values = [images[number][0, 0, 0] for number in (1, 2, 1, 0, 3, 4)]
    assert values == [30, 30, 30, 0, 30, 40]
    assert [str(warning.message).count("b.png") for warning in warned] == [1, 0]
    assert [str(warning.message).count("c.png") for warning in warned] == [0, 1]
    assert {warning.filename for warning in warned} == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images[1], images[2]


def test_after_the_last_image_comes_the_first(folder):
    (folder / "e.png").write_bytes(b"")
    with pytest.warns(UserWarning, match=r"e\.png"):
        assert ImageFolder(folder, broken="skip")[4][0, 0, 0] == 0


def test_a_foreground_without_alpha_is_skipped_too(tmp_path):
    write_image(tmp_path / "a.png", np.full((20, 30, 3), 77, np.uint8))
    write_image(tmp_path / "b.png", np.full((20, 30, 4), 77, np.uint8))
    with pytest.warns(UserWarning, match=r"a\.png has no alpha channel"):
        assert ImageFolder(tmp_path, read_foreground, broken="skip")[0].shape == (20, 30, 4)


def test_a_folder_of_broken_images_is_refused_in_the_end(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no image")
    with pytest.warns(UserWarning), pytest.raises(ImageFileError, match="No image of the folder"):
        ImageFolder(tmp_path, broken="skip")[0]


def test_only_as_many_bytes_are_kept_as_are_given(folder):
    reads = []

    def read(path):
        reads.append(path.stem)
        return np.zeros(100, np.uint8)

    images = ImageFolder(folder, read, cache_bytes=200)
    for number in (0, 1, 0, 2, 0, 1):
        images[number]
    assert reads == ["a", "b", "c", "b"]


def test_numbers_count_as_those_of_a_list(folder):
    images = ImageFolder(folder)
    assert images[-1] is images[4]
    with pytest.raises(IndexError):
        images[5]


def test_another_treatment_of_broken_images_is_refused(folder):
    with pytest.raises(ValueError, match="'refuse' or 'skip', not by 'ignore'"):
        ImageFolder(folder, broken="ignore")
