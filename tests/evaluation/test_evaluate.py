"""`indexnet evaluate`: the protocol, pinned by classical methods, and the files that it writes."""

import csv
import json
import shutil

import numpy as np
import pytest

from keras_indexnet import predict_alpha
from keras_indexnet.cli.group import main
from keras_indexnet.data import (
    alpha_with_known_pixels,
    drawn_photograph,
    read_gray,
    read_photographs,
    write_image,
)
from keras_indexnet.evaluation import (
    CLASSICAL_METHODS,
    classical_method,
    eight_bit_matte,
    evaluate_photographs,
    matting_errors,
)

# PyMatting's methods on photographs of alphamatting.com, trimap 1: SAD, MSE, Grad, Conn.
CLASSICAL_ERRORS = {
    "closed-form": {"GT01": (1.130, 0.00556, 1.775, 0.740), "GT05": (1.262, 0.01846, 2.555, 1.023)},
    "knn": {"GT01": (0.772, 0.00186, 0.401, 0.390), "GT05": (1.143, 0.01188, 1.533, 0.882)},
}


@pytest.fixture
def folder(tmp_path):
    """Two drawn photographs in the layout of alphamatting.com."""
    for seed in (1, 2):
        drawn = drawn_photograph(seed, size=64)
        for part, picture in (("image", drawn.image), ("trimap1", drawn.trimap), ("alpha", drawn.alpha)):
            write_image(tmp_path / "photographs" / part / f"{drawn.name}.png", picture)
    return tmp_path / "photographs"


def evaluate(capsys, *arguments):
    """Run the command; its output as a dict from the photograph's name to the four errors."""
    main(["evaluate", *map(str, arguments)])
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["SAD", "MSE", "Grad", "Conn"]
    return {row.split()[0]: [float(error) for error in row.split()[1:]] for row in rows}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("closed-form", "GT01"),
        ("closed-form", "GT05"),
        pytest.param("knn", "GT01", marks=pytest.mark.matrix),
        pytest.param("knn", "GT05", marks=pytest.mark.matrix),
    ],
)
def test_classical_methods_reach_their_figures(shared, tmp_path, capsys, method, name):
    for part in ("image", "alpha", "trimap1"):
        (tmp_path / part).mkdir()
        shutil.copy(shared / "data" / "alphamatting" / part / f"{name}.png", tmp_path / part)
    errors, expected = evaluate(capsys, tmp_path, "--method", method)[name], CLASSICAL_ERRORS[method][name]
    assert errors == pytest.approx(expected, abs=2e-3)
    assert errors[1] == pytest.approx(expected[1], abs=2e-5)


@pytest.mark.parametrize("method", CLASSICAL_METHODS)
def test_classical_methods_keep_known_pixels_and_beat_the_trimap(method):
    drawn = drawn_photograph(1, size=64)
    alpha = classical_method(method)(drawn.image, drawn.trimap)
    assert (alpha[drawn.trimap == 0] == 0).all() and (alpha[drawn.trimap == 255] == 1).all()
    truth = drawn.alpha, drawn.trimap
    undecided = alpha_with_known_pixels(np.full(alpha.shape, 0.5), drawn.trimap)
    assert matting_errors(alpha, *truth)["mse"] < 0.5 * matting_errors(undecided, *truth)["mse"]


def test_a_matte_is_measured_as_the_png_file_that_it_becomes(tmp_path):
    drawn = drawn_photograph(1, size=64)
    alpha = alpha_with_known_pixels(drawn.alpha / 255 + 0.0019, drawn.trimap)
    write_image(tmp_path / "alpha.png", np.rint(alpha * 255).astype(np.uint8))
    from_file = matting_errors(read_gray(tmp_path / "alpha.png"), drawn.alpha, drawn.trimap)
    ((name, errors),) = evaluate_photographs(lambda image, trimap: alpha, [drawn])
    assert name == drawn.name
    assert errors == pytest.approx(from_file, abs=1e-12)
    assert errors == pytest.approx(dict.fromkeys(("sad", "mse", "grad", "conn"), 0), abs=1e-12)
    assert matting_errors(alpha, drawn.alpha, drawn.trimap)["sad"] > 0


def test_eight_bits_are_rounded_to_the_nearest():
    levels = np.arange(256, dtype=np.float32)[None] / 255
    np.testing.assert_array_equal(eight_bit_matte(levels)[0], np.arange(256))
    np.testing.assert_array_equal(eight_bit_matte(levels[:, 1:] - 0.4 / 255)[0], np.arange(1, 256))


def test_a_network_is_measured_at_the_photographs_own_size():
    """A network that returns the trimap's channel: enlarged to a multiple of 32, and brought back."""
    drawn = drawn_photograph(1, size=77)
    sizes = []

    def trimap_channel(inputs, training):
        sizes.append(inputs.shape)
        return inputs[..., 3:] / 255.0

    ((_, errors),) = evaluate_photographs(
        lambda image, trimap: predict_alpha(trimap_channel, image, trimap), [drawn]
    )
    assert sizes == [(1, 96, 96, 4)]
    assert errors["sad"] > 0


def test_evaluate_writes_csv_and_json_of_what_it_prints(folder, tmp_path, capsys):
    files = ("--csv", tmp_path / "errors.csv", "--json", tmp_path / "errors.json")
    printed = evaluate(capsys, folder, "--method", "closed-form", *files)
    with open(tmp_path / "errors.csv", newline="") as table:
        rows = {row.pop("image"): row for row in csv.DictReader(table)}
    report = json.loads((tmp_path / "errors.json").read_text())
    images = {image.pop("image"): image for image in report["images"]}
    assert list(rows) == list(printed) == [*images, "mean"] == ["hair_1", "hair_2", "mean"]
    for name, errors in {**images, "mean": report["mean"]}.items():
        assert {error: float(value) for error, value in rows[name].items()} == errors
        assert list(errors.values()) == pytest.approx(printed[name], abs=1e-3)
    mean = np.mean([list(errors.values()) for errors in images.values()], axis=0)
    assert list(report["mean"].values()) == pytest.approx(mean)
    settings = report["settings"]
    assert (settings["method"], settings["dataset"], settings["trimaps"]) == (
        "closed-form",
        "alphamatting",
        "trimap1",
    )
    assert {"folder", "keras_indexnet", "pymatting"} <= set(settings)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["errors.csv", "errors.json", "photographs"]


def test_photographs_without_trimaps_are_measured_on_trimaps_from_alpha(folder, tmp_path, capsys):
    shutil.rmtree(folder / "trimap1")
    printed = evaluate(
        capsys, folder, "--dataset", "pairs", "--method", "closed-form", "--json", tmp_path / "a.json"
    )
    assert len(printed) == 3
    settings = json.loads((tmp_path / "a.json").read_text())["settings"]
    assert settings["trimaps"] == "from alpha, eroded by 20 pixels"
    assert (read_photographs(folder, dataset="pairs")[0].trimap == 128).any()


def full_trimap(folder):
    write_image(folder / "trimap1" / "hair_2.png", np.full((64, 64), 255, np.uint8))


def no_alpha(folder):
    (folder / "alpha" / "hair_2.png").unlink()


@pytest.mark.parametrize(
    ("spoil", "arguments", "message"),
    [
        (None, ("--csv", "none/errors.csv"), "There is no folder none to write none/errors.csv into."),
        (None, ("--json", "{folder}"), "photographs is a folder; name a file in it."),
        (None, ("--dataset", "dim"), "'dim' is not one of 'alphamatting', 'adobe', 'aim-500'"),
        (None, ("--dataset", "adobe"), "test_fg_names.txt, which lists the foregrounds of Composition-1k."),
        (None, ("--dataset", "ppm-100"), "There is no folder"),
        (None, ("--trimaps", "trimap9"), "trimap9, where alphamatting.com has its trimaps."),
        (
            no_alpha,
            (),
            "alpha holds 1 of the 2 alpha mattes of alphamatting.com; the first",
        ),
        (full_trimap, ("--csv", "{folder}/e.csv"), "hair_2: "),
    ],
)
def test_bad_input_ends_with_one_sentence_and_writes_nothing(folder, capsys, spoil, arguments, message):
    if spoil is not None:
        spoil(folder)
    before = sorted(folder.rglob("*"))
    arguments = [argument.format(folder=folder) for argument in arguments]
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", str(folder), "--method", "closed-form", *arguments])
    *usage, error = capsys.readouterr().err.splitlines()
    assert [line.startswith("Usage: ") for line in usage] == [True] * (stopped.value.code - 1)
    assert message in error
    assert sorted(folder.rglob("*")) == before
