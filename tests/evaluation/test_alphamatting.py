"""The benchmark of alphamatting.com: what is sent in, and who is better than whom."""

import csv
import json
import re
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from keras_indexnet.cli.group import main
from keras_indexnet.data import read_gray, write_image
from keras_indexnet.evaluation import matting_errors, rank_methods
from keras_indexnet.evaluation.alphamatting import TEST_PHOTOGRAPHS, find_benchmark_photographs

IMAGE = {"image": "image", "input": "input_lowres"}
TRIMAP = {"image": "trimap{}", "input": "trimap_lowres/Trimap{}"}


def write_test_set(folder, layout="image", names=TEST_PHOTOGRAPHS):
    """Soft discs, another one for each name, in noise, with trimaps of three widths."""
    rows, columns = np.mgrid[:32, :40]
    for seed, name in enumerate(names):
        radius = np.hypot(rows - 16, columns - 14 - seed)
        alpha = np.clip((10 - radius) / 4 + 0.5, 0, 1)
        noise = np.random.default_rng(seed).integers(0, 40, (32, 40, 3))
        write_image(folder / IMAGE[layout] / f"{name}.png", (alpha[..., None] * 200 + noise).astype(np.uint8))
        write_image(folder / "alpha" / f"{name}.png", np.rint(alpha * 255).astype(np.uint8))
        for number in (1, 2, 3):
            trimap = np.select([radius < 8 - number, radius > 12 + number], [255, 0], 128)
            path = folder / TRIMAP[layout].format(number) / f"{name}.png"
            write_image(path, trimap.astype(np.uint8))
    return folder


def refusal(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    assert stopped.value.code in (1, 2)
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("layout", ["image", "input"])
def test_a_submission_has_every_matte_of_the_photographs_size_in_grey(tmp_path, capsys, layout):
    folder, output = write_test_set(tmp_path / "set", layout), tmp_path / "submission.zip"
    main(["submit", str(folder), "-o", str(output), "--method", "rw"])
    assert "24 mattes of 8 photographs" in capsys.readouterr().out
    with zipfile.ZipFile(output) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(
            f"Trimap{number}/{name}.png" for number in (1, 2, 3) for name in TEST_PHOTOGRAPHS
        )
        for photograph in find_benchmark_photographs(folder):
            for number, trimap in photograph.trimaps.items():
                with archive.open(f"Trimap{number}/{photograph.name}.png") as file, Image.open(file) as matte:
                    assert (matte.mode, matte.size) == ("L", (40, 32))
                    alpha, known = np.array(matte), read_gray(trimap)
                assert (alpha[known == 255] == 255).all() and (alpha[known == 0] == 0).all()
    assert "submission.zip was not written by indexnet" in refusal(
        capsys, "submit", folder, "-o", output, "--method", "rw"
    )


def no_photograph(folder, mattes):
    (folder / "image" / "net.png").unlink()


def another_photograph(folder, mattes):
    write_image(folder / "image" / "cat.png", np.zeros((32, 40, 3), np.uint8))
    for number in (1, 2, 3):
        write_image(folder / f"trimap{number}" / "cat.png", np.full((32, 40), 128, np.uint8))


def no_trimap(folder, mattes):
    (folder / "trimap2" / "troll.png").unlink()


def no_kind(folder, mattes):
    (folder / "trimap3").rename(folder / "trimap4")


def small_trimap(folder, mattes):
    write_image(folder / "trimap3" / "plant.png", np.full((20, 40), 128, np.uint8))


def no_matte(folder, mattes):
    (mattes / "Trimap3" / "doll.png").unlink()


def small_matte(folder, mattes):
    write_image(mattes / "Trimap3" / "doll.png", np.zeros((16, 20), np.uint8))


def matte_to_1(folder, mattes):
    write_image(mattes / "Trimap1" / "doll.png", np.eye(32, 40, dtype=np.uint8))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (no_photograph, "A submission is of the 8 test photographs .*: net is missing."),
        (another_photograph, "A submission is of the 8 test photographs .*: cat is none of them."),
        (no_trimap, "trimap2 has no trimap of troll.png."),
        (no_kind, "A submission is of all three kinds of trimaps: Trimap3 is missing."),
        (small_trimap, "plant.png has another size than its photograph .*plant.png."),
        (no_matte, "There is no file .*Trimap3/doll.png."),
        (small_matte, "Trimap3/doll.png has 20 x 16 pixels, but its photograph has 40 x 32."),
        (matte_to_1, "Trimap1/doll.png is black: alpha goes from 0 to 255"),
    ],
)
def test_what_is_no_submission_is_said_and_not_written(tmp_path, capsys, spoil, message):
    folder, mattes = write_test_set(tmp_path / "set"), tmp_path / "mattes"
    for number in (1, 2, 3):
        for name in TEST_PHOTOGRAPHS:
            write_image(mattes / f"Trimap{number}" / f"{name}.png", np.full((32, 40), 99, np.uint8))
    spoil(folder, mattes)
    said = refusal(capsys, "submit", folder, "--mattes", mattes, "-o", tmp_path / "out.zip")
    assert re.search(message, said), said
    assert not (tmp_path / "out.zip").exists()


def test_a_method_for_mattes_that_are_there_is_refused(tmp_path, capsys):
    said = refusal(capsys, "submit", tmp_path, "--mattes", tmp_path, "--method", "knn", "--flip")
    assert said == "Error: With --mattes nothing is matted: leave --method and --flip out."


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("nowhere/out.zip", "There is no folder .*nowhere to write .*out.zip into."),
        ("out.tar", "--output ends in .zip, or it is a folder, not .*out.tar'."),
        ("mattes", "would replace .*mattes/Trimap1/doll.png, which is read"),
    ],
)
def test_an_output_that_cannot_be_is_refused(tmp_path, capsys, output, message):
    folder = write_test_set(tmp_path / "set")
    for number in (1, 2, 3):
        shutil.copytree(folder / "alpha", tmp_path / "mattes" / f"Trimap{number}")
    said = refusal(capsys, "submit", folder, "--mattes", tmp_path / "mattes", "-o", tmp_path / output)
    assert re.search(message, said), said


def test_ranks_are_averaged_by_kind_and_then_over_the_kinds():
    errors = {
        "a": {"small": {"doll": 1.0, "net": 5.0}, "user": {"doll": 3.0}},
        "b": {"small": {"doll": 2.0, "net": 4.0}, "user": {"doll": 1.0}},
        "c": {"small": {"doll": 2.0, "net": 6.0}, "user": {"doll": 2.0}},
    }
    best, second, last = rank_methods(errors)
    assert (best.method, best.by_kind, best.overall) == ("b", {"small": 1.5, "user": 1.0}, 1.25)
    assert (second.method, second.by_kind, second.overall) == ("a", {"small": 1.5, "user": 3.0}, 2.25)
    assert (last.method, last.overall) == ("c", (2.5 + 2.0) / 2)
    assert last.ranks == {"small": {"doll": 2, "net": 3}, "user": {"doll": 2}}  # two share the second place
    with pytest.raises(ValueError, match="ranked on the same photographs"):
        rank_methods({**errors, "d": {"small": {"doll": 1.0}}})
    with pytest.raises(ValueError, match="no method"):
        rank_methods({})


def test_the_benchmark_ranks_methods_whose_mattes_lie_in_a_folder(tmp_path, capsys):
    folder, mattes = write_test_set(tmp_path / "set", names=("GT01", "GT02")), tmp_path / "mattes"
    (folder / "trimap3").rename(folder / "left")  # the photographs with true alpha have two kinds
    main(["submit", str(folder), "--method", "closed-form", "-o", str(mattes / "cf")])
    for number in (1, 2):
        for name in ("GT01", "GT02"):
            true = read_gray(folder / "alpha" / f"{name}.png")
            write_image(mattes / "truth" / f"Trimap{number}" / f"{name}.png", true)
    files = ("--csv", tmp_path / "ranks.csv", "--json", tmp_path / "ranks.json")
    capsys.readouterr()
    command = ["evaluate", folder, "--benchmark", "alphamatting", "--method", "rw", "--mattes", mattes, *files]
    main([str(part) for part in command])
    tables = capsys.readouterr().out.split("\n\n")
    assert tables[0].splitlines()[0].split() == ["SAD", "rank", "small", "large"]
    assert tables[0].splitlines()[1].split() == ["truth", "1.0", "1.0", "1.0"]
    with open(tmp_path / "ranks.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 * 3 * 2 * 2
    (row,) = (row for row in rows if [*row.values()][:4] == ["grad", "cf", "large", "GT02"])
    alpha, true, trimap = (
        read_gray(path)
        for path in (
            mattes / "cf" / "Trimap2" / "GT02.png",
            folder / "alpha" / "GT02.png",
            folder / "trimap2" / "GT02.png",
        )
    )
    assert float(row["value"]) == pytest.approx(matting_errors(alpha, true, trimap)["grad"])
    assert row["rank"] in "23"
    report = json.loads((tmp_path / "ranks.json").read_text())
    assert report["ranks"]["sad"][0] == {"method": "truth", "overall": 1.0, "small": 1.0, "large": 1.0}
    assert report["settings"]["method"] == "rw" and len(report["errors"]) == len(rows)

    (mattes / "cf").rename(mattes / "rw")
    assert "mattes has mattes of rw, which is measured anew" in refusal(capsys, *command[:-4])
    (mattes / "rw").rename(mattes / "cf")
    (mattes / "cf" / "Trimap2" / "GT02.png").unlink()
    assert "There is no file" in refusal(capsys, *command[:-4])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--mattes", "."), "--mattes is for the ranks of --benchmark alphamatting, which is not given."),
        (("--benchmark", "alphamatting", "--trimaps", "trimap2"), "leave --trimaps out."),
        (("--benchmark", "alphamatting", "--mattes", "nowhere"), "There is no folder nowhere."),
    ],
)
def test_options_of_the_benchmark_that_do_not_fit_are_refused(tmp_path, capsys, arguments, message):
    assert refusal(capsys, "evaluate", tmp_path, *arguments).endswith(message)
