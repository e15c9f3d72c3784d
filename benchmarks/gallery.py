"""Mattes the ten photographs of docs/gallery.md from boxes, from strokes and automatically, and draws them.

    python benchmarks/gallery.py photographs --auto-model isnet.onnx

The folder `photographs` holds the ten files under the names below. `coffee.png` lies in scikit-image's wheel
(`skimage/data`). The others are in Debian's package `gcompris-qt-data` 3.1-2, in `erase.rcc`,
`explore_farm_animals.rcc` and `explore_world_music.rcc`, which Qt's `rcc --reverse FILE.rcc` unpacks
(`didgeridoo.webp` and `drums.webp` are called `australia.webp` and `africa.webp` there).

Boxes and strokes were drawn once, by eye, before anything was matted.
"""

from pathlib import Path
from typing import NamedTuple

import click
import cv2
import numpy as np
from PIL import Image

from keras_indexnet import data, inference, visualization
from keras_indexnet.cutting_out.trimap_making import make_trimap
from keras_indexnet.data.trimap import BACKGROUND, FOREGROUND, UNKNOWN

HEIGHT = 184  # of a row of the sheet
DETAIL = 320  # pixels of the photographs, each way
COLOUR = (70, 130, 180)  # behind the cut-outs
STROKE = 0.012  # of the photograph's longer side
FRAME = 0.006
QUALITY = 75  # of the pictures, WebP


class Subject(NamedTuple):
    """What a person draws for a photograph, in per cents of its sides; lines are strings of x,y."""

    file: str
    box: str
    white: tuple[str, ...]
    black: tuple[str, ...]
    detail: tuple[int, int]  # the middle of what is shown at full resolution


SUBJECTS = (
    Subject(
        "bee.webp",
        "4%,36%,31%,39%",
        ("13,66 18,52 25,42", "20,62 25,67"),
        ("3,33 3,85 35,85 40,50 28,28 8,32",),
        (22, 46),
    ),
    Subject(
        "coffee.png",
        "12%,3%,70%,95%",
        ("35,12 55,9 64,25", "38,40 55,42", "20,48 24,75 50,91 70,75 75,48", "60,70 69,19", "37,62 36,72"),
        ("7,30 8,75 22,95", "15,15 30,5", "86,20 86,75 78,96"),
        (68, 35),
    ),
    Subject(
        "crab.webp",
        "4%,22%,92%,64%",
        (
            "42,38 58,38",
            "45,55 47,72",
            "57,55 56,72",
            "35,45 22,37",
            "21,46 8,62",
            "65,38 80,37 92,55",
            "35,52 36,75",
            "66,52 65,76",
            "77,46 84,68",
        ),
        ("4,15 96,15", "3,90 97,90", "28,55 27,78", "41,56 41,82", "50,62 50,82", "61,58 61,80", "72,55 73,78"),
        (88, 52),
    ),
    Subject(
        "didgeridoo.webp",
        "13%,4%,79%,94%",
        (
            "46,9 47,19",
            "35,30 27,42 42,45 54,40",
            "28,55 34,78 38,94",
            "60,55 78,58 77,80 85,92",
            "52,24 58,55 71,92",
            "44,52 46,75",
        ),
        ("25,4 12,30 8,70 14,95", "22,66 24,87", "60,5 66,40 88,52 93,80", "55,68 60,90"),
        (48, 62),
    ),
    Subject(
        "drums.webp",
        "4%,7%,93%,88%",
        ("12,72 25,45 29,34", "38,80 55,80", "41,55 45,16", "34,67 58,69", "58,25 72,48 88,70"),
        (
            "3,50 20,25 35,8 60,8 70,25 96,55",
            "3,86 25,95 65,96 97,92",
            "26,88 29,62 35,42",
            "61,62 53,35",
            "71,88 63,62",
        ),
        (48, 24),
    ),
    Subject(
        "gibbon.webp",
        "35%,2%,33%,93%",
        ("44,15 50,32", "53,45 61,60 60,82", "44,72 52,70", "40,76 52,84"),
        ("33,5 40,27 45,44 44,62 36,64 34,90", "50,12 57,36 69,55 68,80", "25,97 70,98"),
        (52, 44),
    ),
    Subject(
        "kitten.webp",
        "31%,18%,38%,73%",
        ("50,35 50,62", "37,28 40,38", "65,27 62,38", "46,74 47,86", "56,72 58,85"),
        ("28,20 30,65", "36,12 50,18 64,12", "72,20 70,62", "29,92 72,95", "52,81 52,94"),
        (37, 34),
    ),
    Subject(
        "owl.webp",
        "52%,18%,29%,78%",
        ("63,27 60,45 62,64", "71,30 74,46", "71,82 72,92"),
        ("52,13 72,13 83,35", "50,20 50,60 57,79 64,73 73,60 84,47", "62,84 62,97 82,97 83,62"),
        (62, 28),
    ),
    Subject(
        "red_panda.webp",
        "21%,3%,79%,97%",
        ("35,17 33,25", "65,9 63,18", "50,30 45,58 50,72", "70,50 80,80", "92,58 95,92"),
        ("4,22 25,9 45,5 56,3", "80,8 97,38", "27,35 31,55", "4,52 40,94 51,92"),
        (36, 70),
    ),
    Subject(
        "sheep.webp",
        "22%,10%,50%,82%",
        (
            "28,32 60,50",
            "53,17 54,28",
            "45,16 48,18",
            "27,73 26,86",
            "37,68 36,84",
            "51,68 51,86",
            "58,66 58,84",
        ),
        ("20,12 45,7 67,7 78,40 75,80 62,95 20,96 15,50 20,12",),
        (64, 33),
    ),
)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--model", default="indexnet_base", show_default=True, help="A preset or a file.")
@click.option("--auto", default="isnet-general-use", show_default=True, help="What --auto-model is a file of.")
@click.option("--auto-model", type=click.Path(exists=True), help="Without it, nothing is automatic.")
@click.option("--output", default="docs/images", show_default=True, type=click.Path(path_type=Path))
def main(folder, model, auto, auto_model, output):
    """Matte the photographs of FOLDER, draw gallery.webp and details, and print how much was unknown."""
    network = inference.open_model(model)
    automatic = {} if auto_model is None else {"auto": {"auto": auto, "auto_model": auto_model}}
    rows = []
    for subject in SUBJECTS:
        image = data.read_image(folder / subject.file)
        strokes = drawn(subject, np.full(image.shape[:2], UNKNOWN, np.uint8), FOREGROUND, BACKGROUND)
        ways = {"box": {"box": subject.box}, "strokes": {"strokes": strokes}, **automatic}
        titles, mattes = ["photograph"], []
        for name, way in ways.items():
            trimap, notes = make_trimap(image, **way)
            unknown = (trimap == UNKNOWN).mean()
            click.echo(" ".join([f"{subject.file}, {name}: {unknown:.0%} unknown.", *notes]))
            titles.append(f"{name}, {unknown:.0%}")
            polish = inference.why_not_to_polish(image, trimap) is None
            mattes.append(inference.predict_alpha(network, image, trimap, polish=polish))
        cut_out = inference.place_over(inference.estimate_foreground(image, mattes[0]), mattes[0], COLOUR)
        pictures = [with_marks(image, subject), *mattes, cut_out]
        rows.append(visualization.side_by_side(pictures, [*titles, "box"], HEIGHT))
        square = detail(subject, image.shape)
        details = [picture[square] for picture in (image, *mattes)]
        path = output / "gallery" / f"{Path(subject.file).stem}.webp"
        save(path, visualization.side_by_side(details, ["photograph", *ways], DETAIL))
    save(output / "gallery.webp", visualization.below_each_other(rows))


def drawn(subject, picture, white, black):
    """Draw a subject's strokes into a picture, in two colours."""
    height, width = picture.shape[:2]
    thickness = max(2, round(STROKE * max(height, width)))
    for lines, colour in ((subject.white, white), (subject.black, black)):
        for line in lines:
            points = np.array([point.split(",") for point in line.split()], float) / 100 * (width, height)
            cv2.polylines(picture, [np.rint(points).astype(int)], False, colour, thickness)
    return picture


def with_marks(image, subject):
    marked = drawn(subject, image.copy(), (255, 255, 255), (0, 0, 0))
    x, y, width, height = data.read_box(subject.box, image.shape[:2])
    thickness = max(2, round(FRAME * max(image.shape)))
    return cv2.rectangle(marked, (x, y), (x + width, y + height), (255, 0, 0), thickness)


def detail(subject, shape):
    """Slices of the square, all of it inside, that is shown at full resolution."""
    left, top = (
        min(max(round(middle / 100 * length) - DETAIL // 2, 0), length - DETAIL)
        for middle, length in zip(subject.detail, shape[1::-1], strict=True)
    )
    return np.s_[top : top + DETAIL, left : left + DETAIL]


def save(path, picture):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, quality=QUALITY, method=6)
    click.echo(f"{path}: {path.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
