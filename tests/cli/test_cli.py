"""What the commands print and write, and that they do so in a process of their own."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_indexnet import models
from keras_indexnet.cli.group import main
from keras_indexnet.data import drawn_photograph, read_gray, read_image, write_image

torch = pytest.importorskip("torch")
INDEXNET = os.path.join(os.path.dirname(sys.executable), "indexnet")


def run(*arguments):
    return subprocess.run([INDEXNET, *map(str, arguments)], capture_output=True, text=True, timeout=300)


@pytest.fixture
def indexnet(capsys):
    """Run the command in this process, which has imported everything: that takes five seconds."""

    def run_here(*arguments):
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            code = stopped.code
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return run_here


@pytest.fixture
def photo(tmp_path):
    """A drawn photograph and its trimap as files, too small to take long."""
    drawn = drawn_photograph(size=128)
    write_image(tmp_path / "girl.png", drawn.image)
    write_image(tmp_path / "girl_trimap.png", drawn.trimap)
    return tmp_path / "girl.png", tmp_path / "girl_trimap.png"


def test_matte_writes_alpha_cutout_composite_and_sheet(tmp_path, photo):
    result = run("matte", *photo, "-o", tmp_path / "out", "--background", "#102030", "--sheet")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    written = [tmp_path / "out" / f"girl_{kind}.png" for kind in ("alpha", "cutout", "composite", "sheet")]
    assert result.stdout.split() == [str(path) for path in written]
    assert sorted((tmp_path / "out").iterdir()) == sorted(written)
    trimap, alpha = read_gray(photo[1]), read_gray(written[0])
    assert (alpha[trimap == 255] == 255).all()
    assert (alpha[trimap == 0] == 0).all()
    composite = read_image(written[2])
    assert (composite[alpha == 0] == [0x10, 0x20, 0x30]).all()


def test_a_trimap_of_another_size_is_used_and_mentioned(indexnet, tmp_path, photo):
    write_image(tmp_path / "small.png", read_gray(photo[1])[::2, ::2])
    result = indexnet("matte", photo[0], tmp_path / "small.png", "-o", tmp_path)
    assert result.returncode == 0, result.stderr
    assert "resized from 64 x 64 to 128 x 128" in result.stderr


def test_bad_input_ends_without_a_traceback():
    result = run("matte", "none.png", "none.png")
    assert (result.returncode, result.stdout) == (2, "")
    usage = "Usage: indexnet matte [OPTIONS] PHOTO [TRIMAP]\n"
    assert result.stderr == f"{usage}Error: There is no file none.png.\n"


def test_matte_takes_an_image_as_background(indexnet, tmp_path, photo):
    write_image(tmp_path / "wall.png", np.full((50, 200, 3), 77, np.uint8))
    result = indexnet("matte", *photo, "-o", tmp_path / "out", "--background", tmp_path / "wall.png")
    assert result.returncode == 0, result.stderr
    alpha = read_gray(tmp_path / "out" / "girl_alpha.png")
    composite = read_image(tmp_path / "out" / "girl_composite.png")
    assert (composite[alpha == 0] == 77).all()


@pytest.mark.slow
def test_export_says_what_it_measured(indexnet, tmp_path):
    path = tmp_path / "matting.tflite"
    pixels = keras.Input((None, None, 4))
    alpha = keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")(pixels / 255.0)
    keras.Model(pixels, alpha).save(tmp_path / "small.keras")
    result = indexnet("export", "--weights", tmp_path / "small.keras", "--size", "64x96", "-o", path)
    assert result.returncode == 0, result.stderr
    assert "input 64 x 96" in result.stdout
    largest = float(re.search(r"largest ([\d.e+-]+),", result.stdout)[1])
    assert largest <= 1e-4
    assert path.is_file()


def test_complexity_prints_the_papers_figures_beside_ours(indexnet):
    result = indexnet("complexity", "b11", "hin_linear_context", "--layers")
    assert result.returncode == 0, result.stderr
    header, b11, hin, *layers = result.stdout.splitlines()
    assert header.split()[:1] == ["name"]
    assert b11.split()[-6:] == ["3,753,259", "3,753,259", "4.034", "4.081", "4.081", "54.9"]
    assert hin.split()[-6:] == ["3,773,227", "3,773,227", "4.065", "4.112", "4.11", "53.5"]
    assert any(line.endswith("decoder_0_conv") for line in layers)


def test_the_page_of_configurations_shows_what_complexity_prints(indexnet):
    page = Path(__file__).resolve().parents[2] / "docs" / "use" / "configurations.md"
    lines = page.read_text().splitlines()
    result = indexnet("complexity", "b11_1.4", "--format", "markdown")
    assert result.returncode == 0, result.stderr
    for line in result.stdout.splitlines():
        assert line in lines
    for name in models.list_configurations():
        assert sum(line.startswith(f"| {name} |") for line in lines) == 1, name


def test_complexity_as_csv(indexnet):
    result = indexnet("complexity", "b2", "--format", "csv", "--size", "225")
    assert result.returncode == 0, result.stderr
    (row,) = csv.DictReader(result.stdout.splitlines())
    assert (row["name"], row["parameters"], row["as the reference pads"]) == ("b2", "3254587", "1.533")


def test_convert_there_and_back(indexnet, shared, tmp_path):
    golden = shared / "golden" / "unet_maxpool_b11.pth.tar"
    there = indexnet("convert", golden, tmp_path / "b11.keras")
    assert there.returncode == 0, there.stderr
    assert "MattingNetwork, index max" in there.stdout
    back = indexnet("convert", tmp_path / "b11.keras", tmp_path / "b11.pth.tar")
    assert back.returncode == 0, back.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b11.keras", "b11.pth.tar"]
    theirs, ours = (torch.load(path, weights_only=True) for path in (golden, tmp_path / "b11.pth.tar"))
    for name, tensor in theirs["state_dict"].items():
        assert torch.equal(ours["state_dict"][name], tensor)


def test_no_command_shows_the_help():
    result = run()
    assert result.returncode == 0
    for command in (
        "check-data",
        "complexity",
        "convert",
        "draw",
        "evaluate",
        "export",
        "matte",
        "plot",
        "submit",
        "train",
    ):
        assert command in result.stdout


def test_train_py_is_the_train_command():
    script = Path(__file__).resolve().parents[2] / "train.py"
    result = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0
    assert "--foregrounds" in result.stdout
    assert len(result.stdout.splitlines()) < 40


def test_evaluate_prints_the_four_errors(indexnet, tmp_path):
    for seed in (1, 2):
        drawn = drawn_photograph(seed, size=96)
        for folder, picture in (("image", drawn.image), ("trimap1", drawn.trimap), ("alpha", drawn.alpha)):
            write_image(tmp_path / folder / f"{drawn.name}.png", picture)
    result = indexnet("evaluate", tmp_path)
    assert result.returncode == 0, result.stderr
    header, first, second, mean = result.stdout.splitlines()
    assert header.split() == ["SAD", "MSE", "Grad", "Conn"]
    numbers = [np.array(row.split()[1:], float) for row in (first, second, mean)]
    np.testing.assert_allclose(numbers[2], (numbers[0] + numbers[1]) / 2, atol=2e-3)
