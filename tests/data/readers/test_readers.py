"""Tiny copies of each data set's layout are read, broken and checked."""

import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_indexnet.cli.group import main
from keras_indexnet.data import (
    ImageFileError,
    ImageFolder,
    MattingSequence,
    read_foregrounds,
    read_photographs,
    trimap_from_alpha,
    write_image,
)
from keras_indexnet.data.readers import LAYOUTS, Layout, check_image, find_files, trimap_by_erosion

INDEXNET = Path(sys.executable).with_name("indexnet")
SIZE = 16
# The suffixes that the data sets have, as far as known; PNG elsewhere.
SUFFIXES = {"original": ".jpg", "blurred_image": ".jpg", "original_image": ".jpg", "image": ".jpg"}


def alpha_of(number):
    """A disc with a soft edge, another one for every number."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    distance = np.hypot(rows - 8, columns - 6 - number % 4)
    return np.rint(np.clip(6 - distance, 0, 1) * 255).astype(np.uint8)


def write_copy(root, dataset, names):
    """Write a tiny copy of a data set; returns its layout, with the number of images that the copy has."""
    layout = LAYOUTS[dataset]
    numbers = [""] if layout.composites is None else [f"_{number}" for number in range(layout.composites)]
    for number, name in enumerate(names):
        part = number % len(layout.images)  # of Adobe's two folders each gets some
        alpha = alpha_of(number)
        write_image(root / layout.alphas[part] / f"{name}.png", alpha)
        for suffix in numbers:
            colours = np.full((SIZE, SIZE, 3), (number, 100, 200), np.uint8)
            folder = Path(layout.images[part])
            write_image(root / folder / f"{name}{suffix}{SUFFIXES.get(folder.name, '.png')}", colours)
            if layout.trimaps:
                trimap = trimap_from_alpha(alpha / 255, distance=1)
                write_image(root / layout.trimaps[0] / f"{name}{suffix}.png", trimap)
    if layout.names is not None:
        (root / layout.names).write_text("".join(f"{name}.png\n" for name in names))
    return layout if layout.count is None else replace(layout, count=len(names))


EVALUATION = [name for name, layout in LAYOUTS.items() if not layout.training]
TRAINING = [name for name, layout in LAYOUTS.items() if layout.training]


@pytest.mark.parametrize("dataset", EVALUATION)
def test_photographs_of_every_layout_are_read(tmp_path, dataset):
    layout = write_copy(tmp_path, dataset, ["cat", "ant_1"])
    photographs = read_photographs(tmp_path, dataset=layout)
    each = layout.composites or 1
    assert len(photographs) == len(photographs.names) == 2 * each
    for photograph, name in zip(photographs, photographs.names, strict=True):
        number = 0 if name.startswith("cat") else 1
        assert photograph.name == name
        np.testing.assert_array_equal(photograph.alpha, alpha_of(number))
        assert abs(int(photograph.image[0, 0, 0]) - number) <= 3  # JPEG
        assert set(np.unique(photograph.trimap)) <= {0, 128, 255}
        if layout.trimaps:
            expected = trimap_from_alpha(alpha_of(number) / 255, distance=1)
            np.testing.assert_array_equal(photograph.trimap, expected)


def test_composites_come_in_the_order_of_the_list(tmp_path):
    photographs = read_photographs(tmp_path, dataset=write_copy(tmp_path, "adobe", ["zebra", "ant"]))
    assert photographs.names[:2] == ["zebra_0", "zebra_1"]
    assert photographs.names[20:22] == ["ant_0", "ant_1"]
    assert len(photographs[:3]) == 3


@pytest.mark.parametrize("dataset", [*TRAINING, "pairs"])
def test_foregrounds_are_rgba_with_the_alpha_of_their_name(tmp_path, dataset):
    layout = write_copy(tmp_path, dataset, ["cat", "ant", "bee"])
    foregrounds = read_foregrounds(tmp_path, layout)
    assert len(foregrounds) == 3
    for foreground, files in zip(foregrounds, foregrounds.files, strict=True):
        number = ["cat", "ant", "bee"].index(files.name)
        np.testing.assert_array_equal(foreground[..., 3], alpha_of(number))
        assert np.abs(foreground[0, 0, :3].astype(int) - (number, 100, 200)).max() <= 3


def test_a_network_can_be_trained_on_foreground_pairs(tmp_path):
    write_copy(tmp_path, "adobe-training", ["cat", "ant"])
    write_image(tmp_path / "backgrounds" / "a.png", np.full((SIZE, SIZE, 3), 9, np.uint8))
    foregrounds = read_foregrounds(tmp_path, "adobe-training")
    sequence = MattingSequence(
        [foregrounds], ImageFolder(tmp_path / "backgrounds"), batch_size=2, steps=1, size=32
    )
    inputs, targets = sequence[0]
    assert inputs.shape == (2, 32, 32, 4)
    assert 0 < targets[..., 0].mean() < 1


def test_the_folder_that_the_archive_was_unpacked_in_will_do(tmp_path):
    write_copy(tmp_path / "Combined_Dataset", "adobe", ["cat"])
    assert len(read_photographs(tmp_path, dataset="adobe")) == 20
    assert len(read_photographs(tmp_path / "Combined_Dataset", dataset="adobe")) == 20


def test_other_trimaps_of_a_data_set_can_be_asked_for(tmp_path):
    write_copy(tmp_path, "alphamatting", ["GT01"])
    wider = trimap_from_alpha(alpha_of(0) / 255, distance=3)
    write_image(tmp_path / "trimap2" / "GT01.png", wider)
    np.testing.assert_array_equal(read_photographs(tmp_path, "trimap2")[0].trimap, wider)
    assert (read_photographs(tmp_path)[0].trimap != wider).any()


def test_every_grey_of_a_trimap_is_unknown(tmp_path):
    write_copy(tmp_path, "alphamatting", ["GT01"])
    trimap = np.repeat(np.uint8([[0, 1, 127, 128, 254, 255, 0, 0]]), SIZE, axis=0).repeat(2, axis=1)
    write_image(tmp_path / "trimap1" / "GT01.png", trimap)
    assert read_photographs(tmp_path)[0].trimap[0, ::2].tolist() == [0, 128, 128, 128, 128, 255, 0, 0]


def test_photographs_are_not_kept_in_memory(tmp_path):
    large = np.random.default_rng(0).integers(0, 256, (600, 800, 3), np.uint8)
    for name in "abcdefgh":
        write_image(tmp_path / "image" / f"{name}.png", large)
        write_image(tmp_path / "alpha" / f"{name}.png", large[..., 0])
        write_image(tmp_path / "trimap1" / f"{name}.png", large[..., 1])
    tracemalloc.start()
    names = [photograph.name for photograph in read_photographs(tmp_path)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert names == list("abcdefgh")
    one = large.size + 2 * large[..., 0].size
    assert peak < 5 * one  # encoded files and working copies of one photograph; all eight would be 8 * one


def test_real_photographs_of_alphamatting(shared):
    photographs = read_photographs(shared / "data" / "alphamatting")
    assert photographs.names == [f"GT{number:02}" for number in range(1, 14)]
    first = photographs[0]
    assert first.image.shape == (497, 800, 3)
    # Where the trimap is known, the truth agrees with it.
    assert first.alpha[first.trimap == 0].max() <= 2
    assert first.alpha[first.trimap == 255].min() >= 253
    for files in photographs.files:
        assert max(check_image(files, decode=True)) == 800


def remove(path):
    path.unlink()


def rename(path):
    path.rename(path.with_name("other.png"))


def remove_folder(path):
    for file in path.parent.iterdir():
        file.unlink()
    path.parent.rmdir()


@pytest.mark.parametrize(
    ("dataset", "broken", "path", "message"),
    [
        (
            "aim-500",
            remove,
            "mask/ant.png",
            "mask holds 3 of the 4 alpha mattes of AIM-500; .* is ant.",
        ),
        ("aim-500", remove, "original/ant.jpg", "original holds 3 of the 4 photographs .* missing is ant."),
        ("aim-500", remove, "trimap/cat.png", "trimap holds 3 of the 4 trimaps .* missing is cat."),
        ("aim-500", remove_folder, "trimap/cat.png", "no folder .*trimap, where AIM-500 has its trimaps."),
        ("ppm-100", remove_folder, "matte/cat.png", "no folder .*matte, where PPM-100 has its alpha mattes."),
        ("alphamatting", rename, "alpha/cat.png", "alpha holds 3 of the 4 .* missing is cat."),
        ("adobe", remove, "Test_set/merged/ant_7.png", "merged holds 79 of the 80 .* missing is ant_7."),
        ("adobe", remove, "Test_set/Adobe-licensed images/alpha/ant.png", "alpha holds 3 of the 4 .* is ant."),
        ("adobe", remove, "Test_set/test_fg_names.txt", "There is no file .*test_fg_names.txt, which lists"),
        ("adobe", remove_folder, "Test_set/merged/ant_0.png", "its photographs; they have to be composed."),
        (
            "adobe-training",
            remove,
            "Training_set/Other/fg/ant.png",
            "fg holds 3 of the 4 foregrounds .* ant.",
        ),
        ("p3m-training", remove, "train/mask/ant.png", "mask holds 3 of the 4 alpha mattes .* is ant."),
    ],
)
def test_an_incomplete_copy_is_refused_with_what_is_missing(tmp_path, dataset, broken, path, message):
    layout = write_copy(tmp_path, dataset, ["cat", "ant", "bee", "dog"])
    find_files(tmp_path, layout)
    broken(tmp_path / path)
    with pytest.raises(ImageFileError, match=message) as raised:
        find_files(tmp_path, layout)
    assert "\n" not in str(raised.value)


def test_a_copy_that_lacks_whole_images_is_refused(tmp_path):
    write_copy(tmp_path, "ppm-100", ["cat", "ant"])
    with pytest.raises(ImageFileError, match="holds 2 photographs, but a complete copy of PPM-100 has 100"):
        read_photographs(tmp_path, dataset="ppm-100")


def test_two_files_of_one_name_are_refused(tmp_path):
    write_copy(tmp_path, "pairs", ["cat"])
    write_image(tmp_path / "image" / "cat.png", np.zeros((SIZE, SIZE, 3), np.uint8))
    with pytest.raises(ImageFileError, match=r"cat\.jpg and .*cat\.png have one name"):
        read_photographs(tmp_path, dataset="pairs")


def test_there_is_no_other_data_set(tmp_path):
    with pytest.raises(ValueError, match="There is no data set 'dim'; choose from alphamatting, adobe"):
        read_photographs(tmp_path, dataset="dim")
    with pytest.raises(ImageFileError, match="There is no folder .*none"):
        read_photographs(tmp_path / "none")


def test_a_layout_of_ones_own(tmp_path):
    write_image(tmp_path / "c" / "x.png", np.zeros((SIZE, SIZE, 3), np.uint8))
    write_image(tmp_path / "m" / "x.png", alpha_of(0))
    foregrounds = read_foregrounds(tmp_path, Layout("Mine", images=("c",), alphas=("m",)))
    np.testing.assert_array_equal(foregrounds[0][..., 3], alpha_of(0))


@pytest.mark.parametrize("reader", [read_photographs, read_foregrounds])
def test_an_alpha_of_another_size_is_refused(tmp_path, reader):
    layout = write_copy(tmp_path, "pairs", ["cat"])
    write_image(tmp_path / "alpha" / "cat.png", alpha_of(0)[:, 1:])
    with pytest.raises(ImageFileError, match=r"alpha/cat\.png has 15 x 16 pixels, .*cat\.jpg has 16 x 16"):
        reader(tmp_path, dataset=layout)[0]
    with pytest.raises(ImageFileError, match=r"alpha/cat\.png has 15 x 16 pixels, .*cat\.jpg has 16 x 16"):
        check_image(find_files(tmp_path, layout)[0])


@pytest.mark.parametrize(("name", "kind"), [("image/cat.jpg", "JPEG"), ("alpha/cat.png", "PNG")])
def test_only_decoding_finds_a_truncated_file(tmp_path, name, kind):
    layout = write_copy(tmp_path, "pairs", ["cat"])
    noise = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE), np.uint8)
    Image.fromarray(noise).save(tmp_path / name, kind)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[:-60])
    (files,) = find_files(tmp_path, layout)
    assert check_image(files) == (SIZE, SIZE)
    with pytest.raises(ImageFileError, match=f"{name} is not an image that can be read, or it is damaged"):
        check_image(files, decode=True)


def test_a_turned_photograph_has_the_size_that_is_seen(tmp_path):
    layout = write_copy(tmp_path, "pairs", ["cat"])
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    Image.new("RGB", (16, 12)).save(tmp_path / "image" / "cat.jpg", exif=exif)
    write_image(tmp_path / "alpha" / "cat.png", np.zeros((16, 12), np.uint8))
    (files,) = find_files(tmp_path, layout)
    assert check_image(files) == check_image(files, decode=True) == (12, 16)
    assert read_photographs(tmp_path, dataset=layout)[0].image.shape == (16, 12, 3)


def test_decoding_finds_a_trimap_without_unknown_pixels(tmp_path):
    layout = write_copy(tmp_path, "aim-500", ["cat"])
    write_image(tmp_path / "trimap" / "cat.png", np.full((SIZE, SIZE), 255, np.uint8))
    (files,) = find_files(tmp_path, layout)
    with pytest.raises(ImageFileError, match=r"trimap/cat\.png has no unknown pixel"):
        check_image(files, decode=True)


def test_trimaps_by_erosion_keep_their_width_from_soft_and_hard_edges():
    alpha = np.zeros((60, 60), np.float32)
    alpha[:, 30:] = 1
    hard = trimap_by_erosion(alpha, width=5)
    assert np.flatnonzero(hard[0] == 128).tolist() == list(range(25, 35))
    alpha[:, 28:32] = 0.5
    soft = trimap_by_erosion(alpha, width=5)
    assert np.flatnonzero(soft[0] == 128).tolist() == list(range(23, 37))
    assert (soft[:, :23] == 0).all() and (soft[:, 37:] == 255).all()


@pytest.mark.parametrize("level", [0, 1])
def test_trimaps_by_erosion_of_a_constant_alpha_know_every_pixel(level):
    assert (trimap_by_erosion(np.full((9, 9), level, np.float32), width=3) == 255 * level).all()


def test_check_data_says_what_it_found(tmp_path):
    write_copy(tmp_path, "adobe", ["cat", "ant"])
    command = [INDEXNET, "check-data", "adobe", tmp_path, "--decode"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(
        "Composition-1k: 40 photographs with alpha mattes and trimaps, 16 x 16 to 16 x 16 pixels.\n"
    )
    assert "non-commercial" in result.stdout


def test_check_data_ends_with_one_sentence_and_exit_code_1(tmp_path, capsys):
    write_copy(tmp_path, "p3m", ["cat", "ant"])
    with pytest.raises(SystemExit) as ended:
        main(["check-data", "p3m", str(tmp_path)])
    assert ended.value.code == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert "blurred_image holds 2 photographs, but a complete copy of P3M-500-P has 500." in output.err
    assert output.err.count("\n") == 1


@pytest.mark.parametrize("dataset", LAYOUTS)
def test_every_data_set_has_its_page(dataset):
    pages = Path(__file__).resolve().parents[3] / "datasets"
    text = "".join(page.read_text() for page in sorted(pages.glob("*.md")))
    layout = LAYOUTS[dataset]
    assert f"check-data {dataset} " in text
    assert layout.source in text
    for folder in (*layout.images, *layout.alphas, *layout.trimaps):
        assert folder.split("/")[-1] in text


def test_a_broken_pair_is_refused_or_passed_over(tmp_path):
    for folder in ("image", "alpha"):
        for name in ("a", "b"):
            write_image(
                tmp_path / folder / f"{name}.png",
                np.full((8, 8, 3)[: 3 if folder == "image" else 2], 9, "uint8"),
            )
    (tmp_path / "alpha" / "a.png").write_bytes(b"no PNG")
    with pytest.raises(ImageFileError, match="a.png"):
        read_foregrounds(tmp_path)[0]
    foregrounds = read_foregrounds(tmp_path, broken="skip")
    with pytest.warns(UserWarning, match="a.png.*next image takes its place"):
        assert foregrounds[0].shape == (8, 8, 4)
