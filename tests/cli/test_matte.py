"""`indexnet matte` on folders, and what it writes."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from PIL import Image

from keras_indexnet import inference
from keras_indexnet.cli.group import main
from keras_indexnet.data import drawn_photograph, read_gray, read_image, write_image
from keras_indexnet.evaluation import eight_bit_matte
from keras_indexnet.inference import polishing


@pytest.fixture
def network(small_tflite):
    """Options for a network that opens at once."""
    return ["--weights", str(small_tflite)]


@pytest.fixture
def folders(tmp_path):
    """Three photographs of different sizes, and their trimaps."""
    for number, kind in enumerate(("hair", "fur", "smoke")):
        drawn = drawn_photograph(number, 64 + 20 * number, kind)
        write_image(tmp_path / "photographs" / f"{kind}.png", drawn.image)
        write_image(tmp_path / "trimaps" / f"{kind}.png", drawn.trimap)
    return tmp_path / "photographs", tmp_path / "trimaps"


def matte(folders, out, network, *options):
    main(["matte", str(folders[0]), "--trimaps", str(folders[1]), "-o", str(out), *network, *options])


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_is_matted_by_names_and_says_what_had_no_partner(tmp_path, folders, network, capsys):
    write_image(folders[0] / "alone.png", np.zeros((32, 32, 3), "uint8"))
    write_image(folders[1] / "left.png", np.full((32, 32), 128, "uint8"))
    matte(folders, tmp_path / "out", network)
    said = capsys.readouterr()
    assert "3 of 3 photographs matted." in said.out
    assert "No trimap of the same name: alone; 1 left out." in said.err
    assert "No photograph of the same name: left; 1 left out." in said.err
    kinds = [f"{name}_{kind}.png" for name in ("fur", "hair", "smoke") for kind in ("alpha", "cutout")]
    assert sorted(contents(tmp_path / "out")) == kinds


def test_two_jobs_write_what_one_does(tmp_path, folders, network):
    matte(folders, tmp_path / "one", network)
    matte(folders, tmp_path / "two", network, "--jobs", "2")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_mattes_are_polished_unless_somebody_says_otherwise(tmp_path, folders, network, small_tflite):
    model = inference.open_model(small_tflite)
    image, trimap = (read_image(folders[0] / "hair.png"), read_gray(folders[1] / "hair.png"))
    for options, polish in (([], True), (["--polish"], True), (["--no-polish"], False)):
        matte(folders, tmp_path / "out", network, *options)
        alpha = inference.predict_alpha(model, image, trimap, polish=polish)
        np.testing.assert_array_equal(read_gray(tmp_path / "out" / "hair_alpha.png"), eight_bit_matte(alpha))


def test_a_grey_photograph_is_polished_on_request_only(tmp_path, network, capsys):
    drawn = drawn_photograph(1, 64)
    write_image(tmp_path / "grey.png", drawn.image[..., 1])
    write_image(tmp_path / "trimap.png", drawn.trimap)
    mattes = {}
    for option in ("--no-polish", None, "--polish"):
        arguments = ["matte", str(tmp_path / "grey.png"), str(tmp_path / "trimap.png"), *network]
        main([*arguments, "-o", str(tmp_path / "out"), *([option] if option else [])])
        mattes[option] = read_gray(tmp_path / "out" / "grey_alpha.png")
        assert ("the photograph is grey" in capsys.readouterr().err) == (option is None)
    np.testing.assert_array_equal(mattes[None], mattes["--no-polish"])
    assert (mattes["--polish"] != mattes["--no-polish"]).any()


def test_without_pymatting_mattes_are_the_networks(tmp_path, folders, network, capsys, monkeypatch):
    matte(folders, tmp_path / "expected", network, "--no-polish")
    monkeypatch.setitem(sys.modules, "pymatting", None)
    matte(folders, tmp_path / "out", network)
    said = capsys.readouterr().err
    assert "The matte is the network's own. Polishing needs pymatting: pip install" in said
    for name in ("fur", "hair", "smoke"):
        expected, alpha = (read_gray(tmp_path / out / f"{name}_alpha.png") for out in ("expected", "out"))
        np.testing.assert_array_equal(alpha, expected)
    with pytest.raises(SystemExit) as stopped:
        matte(folders, tmp_path / "asked", network, "--polish")
    assert stopped.value.code == 1
    assert "Error: Polishing needs pymatting: pip install" in capsys.readouterr().err
    assert not (tmp_path / "asked").exists()


def test_what_could_not_be_polished_is_one_sentence(tmp_path, folders, network, capsys, monkeypatch):
    monkeypatch.setattr(polishing, "TOLERANCE", 0.0)  # which no solution reaches
    matte(folders, tmp_path / "out", network)
    said = capsys.readouterr()
    assert "3 of 3 photographs matted." in said.out
    sentences = [line for line in said.err.splitlines() if "the network's own" in line]
    assert sentences and all(line.startswith("A part of the matte is") for line in sentences)


def test_a_broken_photograph_does_not_stop_the_others(tmp_path, folders, network, capsys):
    whole = (folders[0] / "hair.png").read_bytes()
    (folders[0] / "fur.png").write_bytes(whole[: len(whole) // 3])
    with pytest.raises(SystemExit) as stopped:
        matte(folders, tmp_path / "out", network)
    said = capsys.readouterr()
    assert stopped.value.code == 1
    assert "2 of 3 photographs matted." in said.out
    assert "fur.png is not an image that can be read, or it is damaged" in said.err
    assert said.err.splitlines()[-1] == "Error: 1 of 3 photographs failed; the lines above say why."
    assert sorted({name.split("_")[0] for name in contents(tmp_path / "out")}) == ["hair", "smoke"]


def test_resume_does_what_is_left(tmp_path, folders, network, capsys):
    matte(folders, tmp_path / "out", network)
    (tmp_path / "out" / "fur_cutout.png").unlink()
    (tmp_path / "out" / "hair_alpha.png").write_bytes(b"kept as it is")
    before = contents(tmp_path / "out")
    matte(folders, tmp_path / "out", network, "--resume")
    said = capsys.readouterr()
    assert "2 finished before, 1 to do." in said.err
    assert "1 of 1 photographs matted." in said.out
    after = contents(tmp_path / "out")
    assert set(after) - set(before) == {"fur_cutout.png"}
    assert {name: after[name] for name in before} == before


def test_a_folder_that_is_stopped_keeps_whole_files_and_goes_on(tmp_path, network):
    for number in range(40):
        drawn = drawn_photograph(number % 2, 64)
        write_image(tmp_path / "photographs" / f"{number}.png", drawn.image)
        write_image(tmp_path / "trimaps" / f"{number}.png", drawn.trimap)
    arguments = ["matte", str(tmp_path / "photographs"), "--trimaps", str(tmp_path / "trimaps"), *network]
    arguments += ["-o", str(tmp_path / "out"), "--sheet", "--background", "blur"]
    code = f"from keras_indexnet.cli.group import main; main({arguments!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    until = time.monotonic() + 120
    while not list(tmp_path.glob("out/*_sheet.png")) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    written = list((tmp_path / "out").iterdir())
    assert process.returncode == 1 and said.splitlines()[-1] == "Error: Stopped."
    assert 0 < len(written) < 40 * 4
    assert all(path.suffix == ".png" and cv2.imread(str(path)) is not None for path in written)


@pytest.mark.slow
def test_memory_is_flat_over_many_photographs(tmp_path, network):
    """Each of another size, which must not leave a graph of its own behind."""
    rng = np.random.default_rng(0)
    for number in range(90):
        height, width = rng.integers(40, 120, 2)
        trimap = np.full((height, width), 128, "uint8")
        write_image(
            tmp_path / "photographs" / f"{number}.png", rng.integers(0, 255, (height, width, 3), "uint8")
        )
        write_image(tmp_path / "trimaps" / f"{number}.png", trimap)
    memory = []
    for part in range(3):
        names = [f"{number}.png" for number in range(30 * part, 30 * part + 30)]
        for kind in ("photographs", "trimaps"):
            (tmp_path / str(part) / kind).mkdir(parents=True)
            for name in names:
                (tmp_path / kind / name).rename(tmp_path / str(part) / kind / name)
        folders = tmp_path / str(part) / "photographs", tmp_path / str(part) / "trimaps"
        matte(folders, tmp_path / "out", network)
        memory.append(psutil.Process().memory_info().rss)
    assert memory[2] - memory[1] < 60e6


def test_alpha_of_16_bits_is_that_of_8_bits_and_finer(tmp_path, folders, network):
    photo, trimap = folders[0] / "smoke.png", folders[1] / "smoke.png"
    for bits in ("8", "16"):
        main(["matte", str(photo), str(trimap), "-o", str(tmp_path / bits), "--bits", bits, *network])
    coarse = cv2.imread(str(tmp_path / "8" / "smoke_alpha.png"), cv2.IMREAD_UNCHANGED)
    fine = cv2.imread(str(tmp_path / "16" / "smoke_alpha.png"), cv2.IMREAD_UNCHANGED)
    assert fine.dtype == np.uint16
    assert np.unique(fine).size > np.unique(coarse).size
    np.testing.assert_allclose(fine / 65535, coarse / 255, atol=0.51 / 255)


@pytest.mark.parametrize("suffix", ["webp", "tiff"])
def test_other_formats_lose_nothing(tmp_path, folders, network, suffix):
    photo, trimap = folders[0] / "fur.png", folders[1] / "fur.png"
    for chosen in ("png", suffix):
        main(["matte", str(photo), str(trimap), "-o", str(tmp_path), "--suffix", chosen, *network])
    for kind in ("alpha", "cutout"):
        expected, actual = (
            np.asarray(Image.open(tmp_path / f"fur_{kind}.{chosen}")) for chosen in ("png", suffix)
        )
        if kind == "alpha" and suffix == "webp":
            actual = actual[..., 0]  # WebP has no grey images
        if kind == "cutout":  # colours where nothing is seen may go
            seen = expected[..., 3] > 0
            expected, actual = expected[seen], actual[seen]
        np.testing.assert_array_equal(actual, expected)


def test_a_box_takes_the_place_of_a_trimap(tmp_path, network):
    image = np.full((96, 96, 3), 40, "uint8")
    image[30:70, 30:70] = 220, 60, 30
    write_image(tmp_path / "square.png", image)
    main(["matte", str(tmp_path / "square.png"), "--box", "24,24,52,52", "-o", str(tmp_path), *network])
    alpha = read_gray(tmp_path / "square_alpha.png")
    assert (alpha[36:64, 36:64] == 255).all()
    assert (alpha[:20] == 0).all()


@pytest.fixture
def square(tmp_path):
    """Options that matte a red square on grey, and a mask and strokes of it."""
    image = np.full((96, 96, 3), 40, "uint8")
    image[30:70, 30:70] = 220, 60, 30
    mask = np.zeros((96, 96), "uint8")
    mask[30:70, 30:70] = 255
    strokes = np.full((96, 96), 128, "uint8")
    strokes[48:52, 40:60], strokes[[5, 90]] = 255, 0
    for name, picture in (("square", image), ("mask", mask), ("strokes", strokes)):
        write_image(tmp_path / name / "square.png", picture)
    return tmp_path


def is_the_square(alpha):
    return (alpha[38:62, 38:62] == 255).all() and (alpha[:20] == 0).all() and (alpha[:, :20] == 0).all()


def test_what_there_is_takes_the_place_of_a_trimap(square, network, selecting_model):
    for number, source in enumerate(
        (
            ["--mask", str(square / "mask" / "square.png")],
            ["--box", "25%,25%,54%,54%"],
            ["--strokes", str(square / "strokes" / "square.png")],
            ["--auto", "--auto-model", str(selecting_model)],
            ["--auto-model", str(selecting_model)],
        )
    ):
        out = square / f"out{number}"
        main(
            ["matte", str(square / "square" / "square.png"), *source, "--width", "4", "-o", str(out), *network]
        )
        assert is_the_square(read_gray(out / "square_alpha.png")), source


def test_a_folder_takes_folders_of_masks_or_no_trimaps_at_all(square, network, selecting_model, capsys):
    write_image(square / "square" / "other.png", read_image(square / "square" / "square.png"))
    folder = str(square / "square")
    main(["matte", folder, "--mask", str(square / "mask"), "-o", str(square / "masked"), *network])
    assert "No mask of the same name: other; 1 left out." in capsys.readouterr().err
    assert sorted(contents(square / "masked")) == ["square_alpha.png", "square_cutout.png"]
    for name, options in (
        ("auto", ["--auto-model", str(selecting_model)]),
        ("box", ["--box", "25%,25%,54%,54%"]),
    ):
        main(["matte", folder, *options, "--width", "4", "-o", str(square / name), *network])
        assert "2 of 2 photographs matted." in capsys.readouterr().out
        assert is_the_square(read_gray(square / name / "other_alpha.png"))


def test_a_file_as_output_takes_the_cut_out_or_the_composite(tmp_path, folders, network):
    pair = [str(folder / "fur.png") for folder in folders]
    main(["matte", *pair, "-o", str(tmp_path / "all"), "--background", "#102030", *network])
    for name, options in (("cutout", []), ("composite", ["--background", "#102030"])):
        main(["matte", *pair, "-o", str(tmp_path / "one" / f"{name}.png"), *options, *network])
    one, every = contents(tmp_path / "one"), contents(tmp_path / "all")
    assert one == {f"{name}.png": every[f"fur_{name}.png"] for name in ("cutout", "composite")}


def test_the_cut_out_goes_to_stdout(tmp_path, folders, network, monkeypatch, capsysbinary):
    photo, trimap = (folder / "fur.png" for folder in folders)
    main(["matte", str(photo), str(trimap), "-o", str(tmp_path / "cutout.png"), *network])
    capsysbinary.readouterr()
    with open(photo) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        main(["matte", "-", str(trimap), "-o", "-", *network])
    assert capsysbinary.readouterr() == ((tmp_path / "cutout.png").read_bytes(), b"")


@pytest.mark.matrix
def test_a_pipe_brings_the_photograph_and_takes_the_cut_out(tmp_path, folders, network):
    photo, trimap = (folder / "fur.png" for folder in folders)
    main(["matte", str(photo), str(trimap), "-o", str(tmp_path / "cutout.png"), *network])
    indexnet = Path(sys.executable).with_name("indexnet")
    with open(photo, "rb") as stdin:
        said = subprocess.run(
            [indexnet, "matte", "-", str(trimap), "-o", "-", *network],
            stdin=stdin,
            capture_output=True,
            timeout=300,
        )
    assert said.returncode == 0, said.stderr
    assert said.stdout == (tmp_path / "cutout.png").read_bytes()


def test_a_photograph_from_stdin_has_a_name(tmp_path, folders, network, monkeypatch, capsys):
    with open(folders[0] / "fur.png") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        main(["matte", "-", str(folders[1] / "fur.png"), "-o", str(tmp_path / "out"), *network])
    assert sorted(contents(tmp_path / "out")) == ["photo_alpha.png", "photo_cutout.png"]
    (tmp_path / "text.png").write_text("no picture")
    with open(tmp_path / "text.png") as stdin, pytest.raises(SystemExit):
        monkeypatch.setattr(sys, "stdin", stdin)
        main(["matte", "-", str(folders[1] / "fur.png"), "-o", "-", *network])
    assert "text.png is not an image that can be read" in capsys.readouterr().err


def test_refining_widens_what_the_matte_contradicts(tmp_path, folders, network):
    """An untrained network contradicts every trimap."""
    photo, trimap = folders[0] / "hair.png", folders[1] / "hair.png"
    for name, options in (("once", []), ("twice", ["--refine"])):
        main(["matte", str(photo), str(trimap), "-o", str(tmp_path / name), *options, *network])
    known = read_gray(trimap) != 128
    once, twice = (read_gray(tmp_path / name / "hair_alpha.png") for name in ("once", "twice"))
    assert np.isin(once[known], (0, 255)).all()
    assert not np.isin(twice[known], (0, 255)).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{photo}", "{trimap}", "--box", "1,2,3,4"], "There are a TRIMAP and --box; only one can be followed"),
        (["{photo}", "--mask", "{trimap}", "--auto"], "There are --mask and --auto; only one can be followed"),
        (["--auto", "{photo}"], "--auto takes the name of a model, not the file"),
        (["{photo}", "--auto", "nonet"], "rembg has no model 'nonet'; it has "),
        (["{photo}", "--auto-model", "{photo}"], "fur.png cannot be opened as u2net is: "),
        (["{photos}", "{trimap}"], "is a folder, so name a folder with a trimap for each"),
        (["{photo}", "{trimaps}"], "is a folder, which is for a folder of photographs"),
        (["{photos}", "--trimaps", "{out}"], "There is no folder"),
        (["{photos}", "-o", "-"], "is a folder, whose results do not fit into stdout"),
        (["{photos}", "-o", "{out}.png"], "whose results do not fit into"),
        (["{photo}", "{trimap}", "-o", "cat.png", "--sheet", "--bits", "8"], "leave --sheet and --bits out"),
        (["{photo}", "{trimap}", "-o", "cat.jpg"], "cat.jpg would not be transparent"),
        (["{photo}", "{trimap}", "-o", "cat.gif"], "--output ends in .png, "),
        (["{photo}", "--trimaps", "{trimaps}"], "--trimaps is for a folder of photographs"),
        (["{photo}", "{trimap}", "--bits", "16", "--suffix", "webp"], "WebP has 8 bits"),
        (["{photo}", "{trimap}", "--background", "nocolour"], "nor one of blur, checkerboard"),
        (["{photo}", "--box", "1,2,3"], "A box is x,y,width,height"),
        (["{photo}", "{trimap}", "--weights", "{photo}.onnx"], "There are no weights"),
    ],
)
def test_bad_input_ends_with_one_sentence(tmp_path, folders, capsys, arguments, message):
    places = {"photos": folders[0], "trimaps": folders[1], "out": tmp_path / "out"}
    places |= {"photo": folders[0] / "fur.png", "trimap": folders[1] / "fur.png"}
    with pytest.raises(SystemExit) as stopped:
        main(["matte", "-o", str(tmp_path / "out"), *(argument.format(**places) for argument in arguments)])
    *usage, error = capsys.readouterr().err.splitlines()
    assert [line.startswith("Usage: ") for line in usage] == [True] * (stopped.value.code - 1)
    assert error.startswith("Error: ") and message in error
    assert not (tmp_path / "out").exists()


def test_linear_light_is_mixed_as_light():
    """Half of the light of white is the sRGB value 188."""
    foreground = np.full((1, 3, 3), 255, "uint8")
    alpha = np.float32([[0.0, 0.5, 1.0]])
    assert inference.place_over(foreground, alpha, (0, 0, 0), linear=True)[0, :, 0].tolist() == [0, 188, 255]
    assert inference.place_over(foreground, alpha, (0, 0, 0))[0, :, 0].tolist() == [0, 128, 255]
    every = np.arange(256, dtype="uint8").reshape(1, 256, 1).repeat(3, 2)
    np.testing.assert_array_equal(inference.place_over(every, np.ones((1, 256)), (9, 9, 9), linear=True), every)


def test_a_blurred_background_holds_nothing_of_the_foreground():
    drawn = drawn_photograph(0, 96, "hair")
    green = drawn.image.copy()
    green[drawn.alpha > 0] = 0, 255, 0
    hidden = (drawn.alpha > 0).astype("float32")
    expected = inference.blurred_background(drawn.image, hidden)
    difference = np.abs(inference.blurred_background(green, hidden).astype(int) - expected)
    assert difference[drawn.alpha == 0].max() <= 1
