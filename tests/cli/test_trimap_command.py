import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from keras_indexnet.cli.group import main
from keras_indexnet.data import read_gray, standardize_trimap, write_image

SAMPLES = Path(__file__).resolve().parents[2] / "datasets" / "samples"
PHOTO = SAMPLES / "astronaut.jpg"


@pytest.fixture
def mask(tmp_path):
    """A mask of the astronaut, a quarter of the photograph's size."""
    trimap = read_gray(SAMPLES / "astronaut_trimap.png")
    write_image(tmp_path / "mask.png", np.where(trimap > 100, 255, 0).astype(np.uint8)[::4, ::4])
    return tmp_path / "mask.png"


def test_a_mask_becomes_a_trimap_of_its_size(tmp_path, mask, capsys):
    main(["trimap", str(mask), "-o", str(tmp_path / "trimap.png"), "--width", "3"])
    assert capsys.readouterr().out == f"{tmp_path / 'trimap.png'}\n"
    trimap = read_gray(tmp_path / "trimap.png")
    assert set(np.unique(trimap)) == {0, 128, 255}
    assert (read_gray(mask)[trimap == 255] == 255).all()
    assert (read_gray(mask)[trimap == 0] == 0).all()


def test_a_mask_of_another_size_becomes_a_trimap_of_the_photographs(tmp_path, mask, capsys):
    main(["trimap", str(PHOTO), "--mask", str(mask), "-o", str(tmp_path / "trimap.png"), "--width", "1%,3%"])
    assert "The mask was resized from 128 x 128 to 512 x 512 pixels." in capsys.readouterr().err
    trimap, notes = standardize_trimap(read_gray(tmp_path / "trimap.png"), (512, 512))
    assert notes == []
    by_hand = read_gray(SAMPLES / "astronaut_trimap.png")
    known = (trimap != 128) & (by_hand != 128)
    assert (trimap == by_hand)[known].all()


def test_a_cut_out_is_a_mask_by_its_transparency(tmp_path, mask):
    alpha = read_gray(mask)
    write_image(
        tmp_path / "cutout.png", np.dstack([np.full((*alpha.shape, 3), (200, 30, 90), np.uint8), alpha])
    )
    for name in ("mask", "cutout"):
        main(["trimap", str(tmp_path / f"{name}.png"), "-o", str(tmp_path / f"{name}_trimap.png")])
    np.testing.assert_array_equal(
        read_gray(tmp_path / "cutout_trimap.png"), read_gray(tmp_path / "mask_trimap.png")
    )


def test_strokes_on_a_transparent_layer_are_those_on_grey(tmp_path):
    grey = np.full((512, 512), 128, np.uint8)
    cv2.line(grey, (400, 295), (505, 290), 0, 8)
    cv2.line(grey, (415, 20), (415, 170), 0, 8)
    layer = np.dstack([grey, grey, grey, np.where(grey == 128, 0, 255).astype(np.uint8)])
    layer[grey == 128, :3] = 0  # editors leave black below what is transparent
    for name, picture in (("grey", grey), ("layer", layer)):
        write_image(tmp_path / f"{name}.png", picture)
        strokes = ["--box", "16,6,496,506", "--strokes", str(tmp_path / f"{name}.png")]
        main(["trimap", str(PHOTO), *strokes, "-o", str(tmp_path / f"{name}_trimap.png")])
    trimaps = [read_gray(tmp_path / f"{name}_trimap.png") for name in ("grey", "layer")]
    assert set(np.unique(trimaps[0])) == {0, 128, 255}
    np.testing.assert_array_equal(*trimaps)


def test_a_width_that_leaves_no_sure_foreground_is_mentioned(tmp_path, mask, capsys):
    main(["trimap", str(mask), "-o", str(tmp_path / "trimap.png"), "--width", "100"])
    assert "No sure foreground is left in the trimap" in capsys.readouterr().err


def test_the_automatic_selection_makes_a_trimap(tmp_path, selecting_model, capsys):
    image = np.full((96, 96, 3), 40, np.uint8)
    image[30:70, 30:70] = 220, 60, 30
    write_image(tmp_path / "photo.png", image)
    arguments = ["trimap", str(tmp_path / "photo.png"), "--auto", "--auto-model", str(selecting_model)]
    main([*arguments, "-o", str(tmp_path / "folder")])
    assert capsys.readouterr().out == f"{tmp_path / 'folder' / 'photo_trimap.png'}\n"
    trimap = read_gray(tmp_path / "folder" / "photo_trimap.png")
    assert trimap[50, [5, 30, 50]].tolist() == [0, 128, 255]


def test_pipes_bring_the_mask_and_take_the_trimap(tmp_path, mask, monkeypatch, capsysbinary):
    main(["trimap", str(mask), "-o", str(tmp_path / "trimap.png")])
    capsysbinary.readouterr()
    with open(mask) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        main(["trimap", "-", "-o", "-"])
    assert capsysbinary.readouterr() == ((tmp_path / "trimap.png").read_bytes(), b"")


BOX = ("--box", "16,6,496,506")
BAD_INPUT = {
    "no file": (("none.png",), "There is no file none.png."),
    "photograph without a hint": (("{photo}",), "is a picture in colour, not a mask"),
    "no image": (("{noise}",), "is not an image"),
    "white mask": (("{white}",), "has no background"),
    "mask of 0 and 1": (("{labels}",), "has no foreground: its values are 0 to 1"),
    "mask of another picture": (("{photo}", "--mask", "{wide}"), "The mask is 60 x 20 pixels"),
    "no mask": (("{photo}", "--mask", "none.png"), "There is no file none.png."),
    "mask and box": (
        ("{photo}", "--mask", "{white}", *BOX),
        "There are --mask and --box; only one can be followed",
    ),
    "mask and a model": (("{photo}", "--mask", "{white}", "--auto"), "There are --mask and --auto; only one"),
    "box in words": (("{photo}", "--box", "middle"), "A box is x,y,width,height"),
    "box of three numbers": (("{photo}", "--box", "1,2,3"), "A box is x,y,width,height"),
    "box without area": (("{photo}", "--box", "20,20,0,50"), "wider and higher than 0 pixels, not 0 x 50"),
    "box outside": (("{photo}", "--box", "600,20,50,50"), "lies outside the photograph, which is 512 x 512"),
    "box without an outside": (("{flat}", "--box", "0,0,9999,9999"), "No background was found by its colours"),
    "box of endless per cents": (("{photo}", "--box", "1%,inf%,9%,9%"), "or in per cents such as"),
    "no strokes": (("{photo}", "--strokes", "none.png"), "There is no file none.png."),
    "strokes of another picture": (("{photo}", "--strokes", "{wide}"), "strokes is 60 x 20 pixels"),
    "strokes of one kind": (("{photo}", "--strokes", "{white512}"), "The strokes mark no background"),
    "width in words": (("{photo}", *BOX, "--width", "wide"), "--width is in pixels"),
    "no width": (("{photo}", *BOX, "--width", "0"), "--width is in pixels"),
    "share without a percent sign": (("{photo}", *BOX, "--width", "0.02"), "--width is in pixels"),
    "three widths": (("{photo}", *BOX, "--width", "1,2,3"), "--width is in pixels"),
    "endless width": (("{photo}", *BOX, "--width", "inf"), "--width is in pixels"),
    "unknown format": (
        ("{mask}", "-o", "trimap.xyz"),
        "--output ends in .png, .webp, .tif, .tiff, .bmp, or it is a folder, not",
    ),
    "output below a file": (("{mask}", "-o", "{photo}/trimap.png"), "cannot be written"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_ends_with_one_sentence_and_no_file(tmp_path, mask, capsys, arguments, message):
    names = {"photo": PHOTO, "mask": mask}
    pictures = {
        "white": np.full((64, 64), 255, np.uint8),
        "white512": np.full((512, 512), 255, np.uint8),
        "labels": np.eye(64, dtype=np.uint8),
        "wide": np.tile(np.uint8([0, 128, 255]), (20, 20)),
        "flat": np.full((64, 64, 3), 90, np.uint8),
    }
    for name, picture in pictures.items():
        names[name] = tmp_path / f"{name}.png"
        write_image(names[name], picture)
    names["noise"] = tmp_path / "noise.png"
    names["noise"].write_bytes(bytes(range(256)))
    before = sorted(tmp_path.iterdir())
    arguments = [argument.format(**names) for argument in arguments]
    if "-o" not in arguments:
        arguments += ["-o", str(tmp_path / "trimap.png")]
    with pytest.raises(SystemExit) as stopped:
        main(["trimap", *arguments])
    *usage, error = capsys.readouterr().err.splitlines()
    assert message in error
    assert [line.startswith("Usage: ") for line in usage] == [True] * (stopped.value.code - 1)
    assert sorted(tmp_path.iterdir()) == before
