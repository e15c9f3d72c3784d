"""No command writes over what it reads, or over files that it did not write."""

import shutil
from pathlib import Path

import click
import cv2
import numpy as np
import pytest
from PIL import Image

from keras_indexnet import data
from keras_indexnet.cli.error_table import ERRORS, as_json
from keras_indexnet.cli.group import main
from keras_indexnet.cli.outputs import check_outputs

CASES = Path(__file__).parents[2] / "datasets" / "samples"


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A photograph and its trimap in the working folder, the trimap by the name that the matte would have."""
    shutil.copy(CASES / "chelsea.png", tmp_path / "cat.png")
    shutil.copy(CASES / "chelsea_trimap.png", tmp_path / "cat_alpha.png")
    (tmp_path / "cat_cutout.png").symlink_to("cat.png")
    (tmp_path / "photos").mkdir()
    shutil.copy(CASES / "chelsea.png", tmp_path / "photos" / "cat.png")
    shutil.copy(CASES / "chelsea.png", tmp_path / "photos" / "cat_alpha.png")
    (tmp_path / "trimaps").mkdir()
    for name in ("cat", "cat_alpha"):
        shutil.copy(CASES / "chelsea_trimap.png", tmp_path / "trimaps" / f"{name}.png")
    (tmp_path / "log.csv").write_text("steps,loss\n1,0.5\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


COMMANDS = {
    "the trimap": "matte cat.png cat_alpha.png",
    "a link to the photograph": "matte cat.png trimaps/cat.png",
    "another photograph of the folder": "matte photos --trimaps trimaps -o photos",
    "the photograph, by its trimap": "trimap cat.png --box 20,20,200,200 -o cat.png",
    "the mask": "trimap cat.png --mask cat_alpha.png -o ./cat_alpha.png",
    "the photograph, by a sheet": "show cat.png trimaps/cat.png -o cat.png",
    "a trimap, by a sheet": "show cat.png trimaps/cat.png -o trimaps/cat.png",
    "a photograph, by a table": "evaluate . --dataset pairs --csv photos/cat.png",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_an_input_is_not_replaced(files, capsys, name):
    before = {path: path.read_bytes() for path in files.rglob("*") if path.is_file()}
    with pytest.raises(SystemExit) as stopped:
        main(COMMANDS[name].split())
    assert stopped.value.code == 2
    assert "which is read; choose another output" in capsys.readouterr().err.splitlines()[-1]
    assert {path: path.read_bytes() for path in files.rglob("*") if path.is_file()} == before


def test_files_are_one_by_every_name_and_link(tmp_path):
    (tmp_path / "a").write_text("a")
    (tmp_path / "hard").hardlink_to(tmp_path / "a")
    (tmp_path / "soft").symlink_to("a")
    for name in ("a", "hard", "soft", "../" + tmp_path.name + "/a"):
        with pytest.raises(click.UsageError, match="would replace"):
            check_outputs([tmp_path / name], None, "indexnet_base", tmp_path / "a", overwrite=True)
    check_outputs([tmp_path / "new"], tmp_path / "a", tmp_path / "missing", overwrite=False)


OUTPUTS = {
    "a matte": ("matte cat.png trimaps/cat.png -o results", "results/cat_alpha.png"),
    "a sheet": ("matte cat.png trimaps/cat.png -o results --sheet --suffix tiff", "results/cat_sheet.tiff"),
    "one of a folder": ("matte photos --trimaps trimaps -o results", "results/cat_alpha_cutout.png"),
    "a trimap": ("trimap cat.png --box 20,20,200,200", "trimap.png"),
    "index maps": ("show cat.png trimaps/cat.png", "cat_indices.png"),
    "curves": ("plot log.csv", "curves.png"),
    "a drawing": ("draw b1", "b1.svg"),
    "a table": ("evaluate . --dataset pairs --csv errors.csv", "errors.csv"),
    "errors": ("evaluate . --dataset pairs --json errors.json", "errors.json"),
    "an export": ("export -o matting.tflite", "matting.tflite"),
    "the report of an export": ("export -o matting.tflite", "matting.tflite.report.json"),
    "a SavedModel": ("export --format savedmodel -o matting", "matting/saved_model.pb"),
    "a network": ("convert cat.pth.tar cat.keras", "cat.keras"),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_file_of_somebody_else_is_not_replaced(files, capsys, name):
    command, output = OUTPUTS[name]
    (files / "cat_cutout.png").unlink()
    (files / "cat.pth.tar").write_bytes(b"weights")
    (files / output).parent.mkdir(exist_ok=True)
    (files / output).write_bytes(b"of somebody else")
    before = {path: path.read_bytes() for path in files.rglob("*") if path.is_file()}
    with pytest.raises(SystemExit) as stopped:
        main(command.split())
    assert stopped.value.code == 2
    assert "--overwrite replaces it" in capsys.readouterr().err.splitlines()[-1]
    assert {path: path.read_bytes() for path in files.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"])
@pytest.mark.parametrize("shape", [(8, 9), (8, 9, 3), (8, 9, 4)])
def test_a_picture_of_an_earlier_run_is_replaced(tmp_path, suffix, shape):
    if suffix.startswith(".j") and shape[2:] == (4,):
        shape = (8, 9, 3)
    picture = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    path = tmp_path / f"picture{suffix}"
    data.write_image(path, picture)
    check_outputs([path], overwrite=False)
    if suffix in (".png", ".tif", ".tiff"):
        np.testing.assert_array_equal(Image.open(path), picture)
    cv2.imwrite(str(path), picture)  # as another program would
    with pytest.raises(click.UsageError, match="--overwrite"):
        check_outputs([path], overwrite=False)
    check_outputs([path], overwrite=True)


def test_pictures_of_16_bits_bear_the_mark_too(tmp_path):
    picture = np.random.default_rng(0).integers(0, 65536, (8, 9), np.uint16)
    for suffix in (".png", ".tiff"):
        data.write_image(tmp_path / f"alpha{suffix}", picture)
        check_outputs([tmp_path / f"alpha{suffix}"], overwrite=False)
        np.testing.assert_array_equal(cv2.imread(str(tmp_path / f"alpha{suffix}"), -1), picture)


@pytest.mark.parametrize(
    "command", ["trimap cat.png --box 20,20,200,200", "plot log.csv", "plot log.csv -o a.pdf", "draw b1"]
)
def test_a_command_can_be_repeated(files, command):
    assert main(command.split()) is None
    assert main(command.split()) is None


def test_json_that_only_names_the_package_is_somebody_elses(tmp_path):
    path = tmp_path / "errors.json"
    path.write_text('{"module": "keras_indexnet.layers", "registered_name": "keras_indexnet>IndexedPooling"}')
    with pytest.raises(click.UsageError, match="--overwrite"):
        check_outputs([path], overwrite=False)
    path.write_text(as_json({"keras_indexnet": "0.2.0"}, {"GT01": dict.fromkeys(ERRORS, 0.0)}))
    check_outputs([path], overwrite=False)


def test_an_empty_folder_is_nobodys(tmp_path):
    check_outputs([tmp_path], overwrite=False, folder=tmp_path)
