"""Bad and odd input for every command: either one sentence that says what is wrong, or the right answer.

Each case is a row: a function that makes its files in an empty folder, beside those of `workplace`, and the
command line as one would type it there.
"""

import os
import pickle
import shlex
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import ExifTags, Image

from keras_indexnet import evaluation, inference
from keras_indexnet.cli.group import main
from keras_indexnet.data import drawn_photograph, read_foreground, read_gray, read_image, write_image
from keras_indexnet.inference.inputs import enlarged
from keras_indexnet.inference.tiles import tiles_of
from keras_indexnet.visualization import side_by_side

torch = pytest.importorskip("torch")

DRAWN = drawn_photograph(0, 64, "hair")
NOISE = np.random.default_rng(0).bytes(1000)
LONG = "l" * 260  # no file system takes more than 255 bytes
MATTE = "matte photo.png trimap.png -o out --weights network.tflite"
BOXED = "matte photo.png -o out --weights network.tflite --box"
STRIP = "matte strip.png strip_trimap.png -o out --weights network.tflite"
TRAIN = "train --output run --encoder-weights none"


@pytest.fixture
def workplace(tmp_path, monkeypatch, small_tflite):
    """The working directory: `photo.png`, `photo.jpg`, `trimap.png`, `alpha.png` and `network.tflite`."""
    monkeypatch.chdir(tmp_path)
    write_image("photo.png", DRAWN.image)
    write_image("photo.jpg", DRAWN.image)
    write_image("trimap.png", DRAWN.trimap)
    write_image("alpha.png", DRAWN.alpha)
    shutil.copy(small_tflite, "network.tflite")
    return tmp_path


def nothing():
    """The files of `workplace` are enough."""


def content(name, written):
    """A file of these bytes or this text."""
    return lambda: Path(name).write_bytes(written if isinstance(written, bytes) else written.encode())


def cut(name, share):
    """A file that ends too early."""
    return lambda: Path(name).write_bytes(Path(name).read_bytes()[: int(Path(name).stat().st_size * share)])


def picture(name, pixels):
    return lambda: write_image(name, pixels)


def as_mode(name, pixels, mode):
    """An image in another mode of Pillow's."""
    return lambda: Image.fromarray(pixels).convert(mode).save(name)


def sixteen_bits(name, pixels):
    return lambda: cv2.imwrite(name, cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR).astype(np.uint16) * 257)


def animation(name):
    first, second = Image.fromarray(DRAWN.image), Image.fromarray(255 - DRAWN.image)
    return lambda: first.save(name, save_all=True, append_images=[second], lossless=True)


def turned_by_the_camera():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.fromarray(np.rot90(DRAWN.image)).save("turned.jpg", quality=95, exif=exif)


def header_of_a_giant(name):
    """A PNG that claims 40 billion pixels and has none."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 200_000, 200_000, 8, 2, 0, 0, 0)
    return content(name, b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + struct.pack(">I", zlib.crc32(header)))


def strip(height, width):
    """A photograph and its trimap: a third background, a third unknown, a third foreground."""

    def make():
        write_image("strip.png", np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))
        trimap = np.full(height * width, 128, np.uint8)
        third = trimap.size // 3
        trimap[:third], trimap[trimap.size - third :] = 0, 255
        write_image("strip_trimap.png", trimap.reshape(height, width))

    return make


def folder(name, *files):
    def make():
        Path(name).mkdir()
        for file in files:
            shutil.copy(file, name)

    return make


def renamed(old, new):
    return lambda: os.rename(old, new)


def archive(name):
    """A zip file, as a .keras file is one, of something else."""

    def make():
        with zipfile.ZipFile(name, "w") as file:
            file.writestr("letter.txt", "hello")

    return make


def other_network(name):
    return lambda: keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save(name)


class RunsACommand:
    def __reduce__(self):
        return os.system, ("touch executed",)


def harmful_pickle(name):
    return lambda: Path(name).write_bytes(pickle.dumps({"state_dict": RunsACommand()}))


def harmful_checkpoint(name):
    return lambda: torch.save({"state_dict": {"weight": RunsACommand()}}, name)


def checkpoint(name, contents, share=1.0):
    def make():
        torch.save(contents, name)
        cut(name, share)()

    return make


def data_set(**changed):
    """A folder `set` laid out like alphamatting.com's, with other pixels or bytes for some of its files."""

    def make():
        for part, pixels in (("image", DRAWN.image), ("trimap1", DRAWN.trimap), ("alpha", DRAWN.alpha)):
            pixels = changed.get(part, pixels)
            write_image(f"set/{part}/a.png", DRAWN.image if isinstance(pixels, bytes) else pixels)
            if isinstance(pixels, bytes):
                Path(f"set/{part}/a.png").write_bytes(pixels)

    return make


def log(text):
    def make():
        Path("run").mkdir()
        Path("run/log.csv").write_text(text)

    return make


def run_of(stored, log=None):
    def make():
        Path("run").mkdir()
        Path("run/settings.json").write_bytes(stored)
        if log is not None:
            Path("run/log.csv").write_bytes(log)

    return make


LOG = log("steps,loss\n1,0.5\n2,0.25\n")

# name: files, command line, part of the sentence
REFUSED = {
    "PNG that ends too early": (cut("photo.png", 0.7), MATTE, "photo.png is not an image that can be read"),
    "PNG without its last bytes": (cut("photo.png", 0.99), MATTE, "photo.png is not an image that can be read"),
    "JPEG that ends too early": (
        cut("photo.jpg", 0.9),
        "matte photo.jpg trimap.png -o out --weights network.tflite",
        "photo.jpg is not an image that can be read",
    ),
    "trimap that ends too early": (cut("trimap.png", 0.7), MATTE, "trimap.png is not an image"),
    "empty photograph": (content("photo.png", b""), MATTE, "photo.png is not an image that can be read"),
    "text named .png": (content("photo.png", "hello"), MATTE, "photo.png is not an image that can be read"),
    "header of 40 billion pixels": (header_of_a_giant("photo.png"), MATTE, "photo.png is not an image"),
    "TIFF of floats": (
        lambda: cv2.imwrite("photo.png.tiff", np.full((64, 64, 3), np.nan, np.float32)),
        MATTE.replace("photo.png", "photo.png.tiff"),
        "photo.png.tiff holds numbers from nan to nan, not from 0 to 1.",
    ),
    "trimap that is all background": (picture("trimap.png", 0 * DRAWN.trimap), MATTE, "values reach only 0"),
    "trimap that is all foreground": (
        picture("trimap.png", np.full((64, 64), 255, np.uint8)),
        MATTE,
        "The trimap has no unknown pixels",
    ),
    "trimap of one bit": (
        as_mode("trimap.png", DRAWN.trimap, "1"),
        MATTE,
        "The trimap has no unknown pixels",
    ),
    "trimap of other proportions": (
        picture("trimap.png", DRAWN.trimap[:40]),
        MATTE,
        "The trimap is 64 x 40 pixels, but the photograph is 64 x 64",
    ),
    "folder where a trimap is expected": (
        folder("d"),
        MATTE.replace("trimap.png", "d"),
        "d is a folder, which is for a folder of photographs; photo.png is not one.",
    ),
    "folder without trimaps": (folder("d"), MATTE.replace("photo.png", "d"), "folder with a trimap for each"),
    "file where a folder of trimaps is expected": (
        folder("d", "photo.png"),
        "matte d --trimaps trimap.png -o out",
        "There is no folder trimap.png.",
    ),
    "folder without photographs": (
        folder("d", "network.tflite"),
        "matte d --trimaps d -o out",
        "The folder d holds no image",
    ),
    "file where the output folder is expected": (
        content("out", b""),
        MATTE,
        "out/photo_alpha.png cannot be written: out is a file, not a folder.",
    ),
    "output below /proc": (
        nothing,
        MATTE.replace("-o out", "-o /proc/out"),
        "/proc/out/photo_alpha.png cannot",
    ),
    "photograph that cannot even be read by root": (
        nothing,
        MATTE.replace("photo.png", "/proc/self/mem"),
        "/proc/self/mem ",
    ),
    "device as a photograph": (
        nothing,
        MATTE.replace("photo.png", "/dev/null"),
        "/dev/null is a device, not",
    ),
    "photograph with a long name": (nothing, MATTE.replace("photo.png", LONG), f"{LONG}: File name too long."),
    "trimap with a long name": (
        nothing,
        MATTE.replace("trimap.png", LONG),
        f"{LONG} cannot be read: File name",
    ),
    "output with a long name": (nothing, MATTE.replace("out", LONG), "cannot be written: File name too long."),
    "name that begins with a dash": (
        renamed("photo.png", "-photo.png"),
        MATTE.replace("photo.png", "-photo.png"),
        "No such option '-p'",
    ),
    "background that ends too early": (
        cut("photo.jpg", 0.5),
        f"{MATTE} --background photo.jpg",
        "photo.jpg is no",
    ),
    "text as background": (content("t.png", "hello"), f"{MATTE} --background t.png", "t.png is not an image"),
    "folder as background": (folder("d"), f"{MATTE} --background d", "neither a file nor a colour"),
    "no background": (nothing, f"{MATTE} --background ''", "neither a file nor a colour"),
    "colour above 255": (nothing, f"{MATTE} --background 'rgb(300,0,0)'", "neither a file nor a colour"),
    "colour above 100%": (nothing, f"{MATTE} --background 'hsl(0,999%,50%)'", "neither a file nor a colour"),
    "no pixels at once": (nothing, f"{MATTE} --max-pixels 0", "0 is not in the range x>=1"),
    "a scale that is no number": (
        nothing,
        f"{MATTE} --scales 1,x",
        "--scales is one or more numbers from 1 to 4",
    ),
    "a scale that shrinks": (nothing, f"{MATTE} --scales 0.5", "such as 1,1.5, not '0.5'"),
    "fewer than no jobs": (nothing, f"{MATTE} --jobs -2", "-2 is not in the range x>=1"),
    "12 bits": (nothing, f"{MATTE} --bits 12", "'12' is not one of '8', '16'"),
    "WebP of 20,000 pixels": (
        strip(1, 20_000),
        f"{STRIP} --suffix webp",
        ".webp does not take 20000 x 1; use .png.",
    ),
    "box of no area": (nothing, f"{BOXED} 1,1,-4,5", "A box is wider and higher than 0 pixels, not -4 x 5"),
    "box of not-a-numbers": (nothing, f"{BOXED} nan,1,2,3", "A box is x,y,width,height in whole pixels"),
    "box far away": (nothing, f"{BOXED} {10**30},0,5,5", "lies outside the photograph, which is 64 x 64"),
    "box of one pixel": (nothing, f"{BOXED} 5,5,1,1", "No foreground was found by its colours"),
    "box around a single pixel": (
        strip(1, 1),
        f"{BOXED.replace('photo', 'strip')} 0,0,1,1",
        "was found by its colours",
    ),
    "strokes that mark nothing": (
        picture("s.png", np.full((64, 64), 128, np.uint8)),
        "matte photo.png --strokes s.png -o out --weights network.tflite",
        "The strokes mark no foreground",
    ),
    "TFLite file that ends too early": (cut("network.tflite", 0.9), MATTE, "network.tflite cannot be opened"),
    "empty TFLite file": (content("network.tflite", b""), MATTE, "network.tflite cannot be opened"),
    "ONNX file that ends too early": (
        content("n.onnx", b"\x08\x0a\x12\x07"),
        MATTE.replace("network.tflite", "n.onnx"),
        "n.onnx cannot be opened",
    ),
    "SavedModel without its .pb": (
        folder("saved"),
        MATTE.replace("network.tflite", "saved"),
        "saved cannot be opened",
    ),
    "SavedModel whose .pb is noise": (
        lambda: (folder("saved")(), content("saved/saved_model.pb", b"\x0a\x03ab")()),
        MATTE.replace("network.tflite", "saved"),
        "saved cannot be opened",
    ),
    "zip file named .keras": (
        archive("z.keras"),
        MATTE.replace("network.tflite", "z.keras"),
        "z.keras cannot be opened",
    ),
    "empty file named .keras": (
        content("z.keras", b""),
        MATTE.replace("network.tflite", "z.keras"),
        "z.keras cannot be opened",
    ),
    ".keras file that ends too early": (
        lambda: (other_network("z.keras")(), cut("z.keras", 0.5)()),
        MATTE.replace("network.tflite", "z.keras"),
        "z.keras cannot be opened",
    ),
    ".keras file of another network": (
        other_network("z.keras"),
        MATTE.replace("network.tflite", "z.keras"),
        "z.keras is no matting network: one takes (1, height, width, 4)",
    ),
    "picture as weights": (
        nothing,
        MATTE.replace("network.tflite", "photo.png"),
        "photo.png is no model: it ends in .keras, .tflite or .onnx, or is the folder of a SavedModel.",
    ),
    "unknown preset": (nothing, MATTE.replace("network.tflite", "indexnet_huge"), "There are no weights"),
    "unknown configuration": (
        nothing,
        "matte photo.png trimap.png -o out --configuration m3o",
        "There is no configuration 'm3o'; choose from b1,",
    ),
    "preset of another configuration": (
        nothing,
        "matte photo.png trimap.png -o out --configuration b11",
        "belongs to the configuration 'm2o_nonlinear_context', not to 'b11'",
    ),
    "photograph as mask": (nothing, "trimap photo.png -o t.png", "is a picture in colour, not a mask"),
    "folder as mask": (folder("d"), "trimap d -o t.png", "d cannot be read: Is a directory."),
    "black mask": (picture("m.png", 0 * DRAWN.trimap), "trimap m.png -o t.png", "The mask has no foreground"),
    "mask of other proportions": (
        picture("m.png", DRAWN.alpha[:40]),
        "trimap photo.png --mask m.png -o t.png",
        "The mask is 64 x 40 pixels",
    ),
    "width 0": (nothing, "trimap alpha.png -o t.png --width 0", "--width is in pixels from 1 on"),
    "width of not-a-number": (
        nothing,
        "trimap alpha.png -o t.png --width nan",
        "--width is in pixels from 1 on",
    ),
    "infinite width": (nothing, "trimap alpha.png -o t.png --width inf", "--width is in pixels from 1 on"),
    "GIF as output": (nothing, "trimap alpha.png -o t.gif", "--output ends in .png, .webp, "),
    "trimap that JPEG would change": (
        nothing,
        "trimap alpha.png -o t.jpg",
        "--output ends in .png, .webp, .tif, .tiff, .bmp, or it is a folder, not 't.jpg'.",
    ),
    "PDF as output": (nothing, "trimap alpha.png -o t.pdf", "--output ends in .png, .webp, "),
    "folder as output": (
        folder("d.png"),
        "trimap alpha.png -o d.png",
        "d.png is a folder; name a file in it.",
    ),
    "pipe as output": (
        lambda: os.mkfifo("t.png"),
        "trimap alpha.png -o t.png",
        "t.png is a device or a pipe; name a file.",
    ),
    "pipe as the second output": (
        lambda: (os.mkdir("out"), os.mkfifo("out/photo_cutout.png")),
        MATTE,
        "out/photo_cutout.png is a device or a pipe; name a file.",
    ),
    "folder as the report of an export": (
        folder("e.tflite.report.json"),
        "export -o e.tflite",
        "e.tflite.report.json is a folder; name a file in it.",
    ),
    "CSV and JSON of one name": (
        data_set(),
        "evaluate set --csv a --json a",
        "a and a are one file; name two.",
    ),
    "CSV and JSON in one file, by a link": (
        lambda: (data_set()(), os.symlink("a", "b")),
        "evaluate set --csv a --json b",
        "a and b are one file; name two.",
    ),
    "output of a long name": (
        nothing,
        f"trimap alpha.png -o {LONG}.png",
        "cannot be written: File name too long.",
    ),
    "sheet that is no image": (nothing, "show photo.png trimap.png -o s.txt", "--output ends in .png, "),
    "truth of another size": (
        picture("t.png", DRAWN.alpha[:9]),
        "show photo.png trimap.png --truth t.png",
        "t.png has 64 x 9 pixels, but photo.png has 64 x 64.",
    ),
    "exported file for index maps": (
        nothing,
        "show photo.png trimap.png --weights network.tflite",
        "network.tflite cannot be read as weights",
    ),
    "file as data set": (nothing, "evaluate photo.png", "There is no folder photo.png."),
    "empty data set": (folder("d"), "evaluate d", "There is no folder d/image"),
    "data set of a long name": (nothing, f"evaluate {LONG}", f"{LONG}: File name too long."),
    "unknown data set": (nothing, "evaluate set --dataset imagenet", "'imagenet' is not one of"),
    "true alpha of another size": (
        data_set(alpha=DRAWN.alpha[:9]),
        "evaluate set --method knn",
        "set/alpha/a.png has 64 x 9 pixels, but set/image/a.png has 64 x 64.",
    ),
    "data set with a broken image": (
        data_set(image=b"hello"),
        "evaluate set --method knn",
        "set/image/a.png is not an image that can be read",
    ),
    "CSV below /proc": (
        data_set(),
        "evaluate set --method knn --csv /proc/a.csv",
        "/proc/a.csv cannot be written",
    ),
    "network options of a method": (
        data_set(),
        "evaluate set --method knn --flip --weights a.keras",
        "--method knn has no network: leave --weights and --flip out.",
    ),
    "polished method": (
        data_set(),
        "evaluate set --method knn --polish",
        "--method knn has no network: leave --polish out.",
    ),
    "configuration of a file that brings it": (
        nothing,
        "matte photo.png trimap.png -o out --weights network.tflite --configuration b11",
        "network.tflite brings its network: leave the configuration out.",
    ),
    "CSV in place of a folder": (data_set(), "evaluate set --csv set", "set is a folder; name a file in it."),
    "CSV and JSON in one file": (
        data_set(),
        "evaluate set --csv a --json ./a",
        "a and ./a are one file; name two.",
    ),
    "check of an unknown data set": (nothing, "check-data cifar set", "'cifar' is not one of 'alphamatting'"),
    "check of a file": (nothing, "check-data aim-500 photo.png", "There is no folder photo.png."),
    "check of a broken image": (
        data_set(image=b"hello"),
        "check-data alphamatting set",
        "set/image/a.png is not an image that can be read",
    ),
    "check of trimaps without unknown pixels": (
        data_set(trimap1=0 * DRAWN.trimap),
        "check-data alphamatting set --decode",
        "set/trimap1/a.png has no unknown pixel",
    ),
    "no steps": (
        nothing,
        f"{TRAIN} --steps 0",
        "The setting steps is a whole number from 1 to 1000000000, not 0.",
    ),
    "more steps than a float holds": (
        nothing,
        f"{TRAIN} --steps 1{400 * '0'}",
        "steps is far too large a number.",
    ),
    "seed below zero": (nothing, f"{TRAIN} --seed -1", "The setting seed is a whole number from 0 to"),
    "no threads": (nothing, f"{TRAIN} --workers 0", "The setting workers is a whole number from 1 to"),
    "minutes without end": (
        nothing,
        f"{TRAIN} --minutes inf",
        "The setting minutes is a number above 0, not inf.",
    ),
    "minutes of not-a-number": (
        nothing,
        f"{TRAIN} --minutes nan",
        "The setting minutes is a number above 0, not nan.",
    ),
    "rate of not-a-number": (
        nothing,
        f"{TRAIN} --learning-rate nan",
        "The setting learning_rate is a number above 0",
    ),
    "samples of no pixels": (
        nothing,
        f"{TRAIN} --steps 1 --size 0",
        "--size is a number, HEIGHTxWIDTH such as 512x384, of 1 to 32768 pixels, not '0'.",
    ),
    "samples of fewer than no pixels": (
        nothing,
        f"{TRAIN} --size -32",
        "--size is a number, HEIGHTxWIDTH such as 512x384, of 1 to 32768 pixels, not '-32'.",
    ),
    "samples of 100 pixels": (
        nothing,
        f"{TRAIN} --size 100",
        "size is a multiple of 32 from 32 to 32768, not 100.",
    ),
    "share above 1": (nothing, f"{TRAIN} --procedural 2", "procedural is a number from 0 to 1, not 2.0."),
    "unknown precision": (nothing, f"{TRAIN} --precision float8", "not 'float8'."),
    "file as backgrounds": (nothing, f"{TRAIN} --backgrounds photo.png", "There is no folder photo.png."),
    "config file of text": (
        content("c.py", "this is no python"),
        f"{TRAIN} --config c.py",
        "c.py does not run",
    ),
    "config file of bytes": (nothing, f"{TRAIN} --config photo.png", "photo.png does not run"),
    "empty config file": (content("c.py", ""), f"{TRAIN} --config c.py", "does not assign TrainingSettings"),
    "config file that is a folder": (folder("c.py"), f"{TRAIN} --config c.py", "There is no config file c.py."),
    "file in place of a run's folder": (
        nothing,
        "train --output photo.png --encoder-weights none --steps 1",
        "--output is a folder for several files, not one file 'photo.png'.",
    ),
    "damaged run": (run_of(b"{"), "train --output run --resume", "settings.json does not hold the settings"),
    "run of bytes": (run_of(b"\xff\xfe"), "train --output run --resume", "does not hold the settings of a run"),
    "run whose steps are a word": (
        run_of(b'{"recipe": {}, "steps": "many"}'),
        "train --output run --resume",
        "settings of a run: The setting steps is a whole number from 1 to 1000000000, not 'many'.",
    ),
    "run of settings that nobody knows": (
        run_of(b'{"recipe": {}, "stepz": 3}'),
        "train --output run --resume",
        "The setting 'stepz' is not known.",
    ),
    "run without its checkpoint": (
        run_of(b'{"recipe": {}}', log=b"epoch,loss\n1,0.5\n2,0.4\n"),
        "train --output run --resume",
        "run has a log of 2 epochs, but no checkpoint.npz to go on from; put that back, or choose another",
    ),
    "run whose log is damaged": (
        run_of(b'{"recipe": {}}', log=NOISE),
        "train --output run --resume",
        "run/log.csv is not the log of a training run, or it is damaged.",
    ),
    "run without its settings": (
        log("epoch,loss\n1,0.5\n"),
        f"{TRAIN} --resume",
        "run holds log.csv of a run, but no settings.json; put that back, or choose another output folder.",
    ),
    "log of another program": (log("a,b\n1,2\n"), "plot run", "it has no column 'steps'."),
    "log without lines": (log("steps,loss\n"), "plot run", "run/log.csv holds no epoch yet"),
    "log that is an image": (renamed("photo.png", "photo.csv"), "plot photo.csv", "photo.csv is not the log"),
    "log with a word for a number": (
        log("steps,loss\n1,much\n"),
        "plot run",
        "'steps' and 'loss' of a log hold",
    ),
    "log of steps only": (log("steps\n1\n"), "plot run", "The log has no column to draw, such as loss,"),
    "curves as text": (LOG, "plot run -o a.txt", "--output ends in .svg, .pdf, .png, or"),
    "curves below /proc": (LOG, "plot run -o /proc/a.png", "/proc/a.png cannot be written"),
    "export of no pixels": (nothing, "export -o e.tflite --size 0", "of 1 to 32768 pixels, not '0'."),
    "export of too many pixels": (
        nothing,
        f"export -o e.tflite --size {32 * 10**20}",
        "of 1 to 32768 pixels",
    ),
    "export of a word": (nothing, "export -o e.tflite --size big", "--size is a number"),
    "export of a superscript": (nothing, "export -o e.tflite --batch ²", "--batch is a number or free"),
    "export of no photographs": (nothing, "export -o e.tflite --batch 0", "at least 1, not '0'."),
    "ONNX named .tflite": (
        nothing,
        "export -o e.tflite --format onnx",
        "--output ends in .onnx, or it is a folder, not 'e.tflite'.",
    ),
    "export into no folder": (
        nothing,
        "export -o none/e.tflite",
        "There is no folder none to write e.tflite into.",
    ),
    "export in place of a folder": (
        folder("e.tflite"),
        "export -o e.tflite",
        "e.tflite is a folder; name a file in it.",
    ),
    "SavedModel in place of a file": (
        content("saved", ""),
        "export --format savedmodel -o saved",
        "saved is a file; a SavedModel is a folder.",
    ),
    "SavedModel in a folder of other things": (
        folder("saved", "photo.png"),
        "export --format savedmodel -o saved",
        "saved holds something else than a SavedModel",
    ),
    "int8 of any size": (
        nothing,
        "export -o e.tflite --quantization int8 --size free",
        "needs a fixed size and a fixed batch",
    ),
    "unknown format": (nothing, "export -o e.xyz --format xyz", "'xyz' is not one of 'tflite', 'onnx'"),
    "export of an exported file": (nothing, "export --weights network.tflite", "cannot be read as weights"),
    "benchmark of nothing": (nothing, "benchmark none.tflite", "none.tflite is neither a file nor one of"),
    "benchmark without runs": (nothing, "benchmark network.tflite --runs 0", "0 is not in the range x>=1"),
    "benchmark of a picture": (nothing, "benchmark photo.png", "photo.png is no model"),
    "benchmark of noise": (content("n.tflite", "xx"), "benchmark n.tflite", "n.tflite cannot be opened"),
    "benchmark of a folder": (folder("d"), "benchmark d", "d cannot be opened"),
    "benchmark at no pixels": (
        nothing,
        "benchmark network.tflite --size 0",
        "of 1 to 32768 pixels, not '0'.",
    ),
    "pickle with code in it": (harmful_pickle("x.pth.tar"), "convert x.pth.tar x.keras", "x.pth.tar is not a"),
    "checkpoint with code in it": (harmful_checkpoint("x.pth.tar"), "convert x.pth.tar x.keras", "read safely"),
    "checkpoint that ends too early": (
        checkpoint("x.pth", {"state_dict": {"weight": torch.ones(999)}}, share=0.6),
        "convert x.pth x.keras",
        "x.pth is not a PyTorch checkpoint",
    ),
    "checkpoint of a list": (checkpoint("x.pth", [1]), "convert x.pth x.keras", "it has no 'state_dict'."),
    "checkpoint of a sparse tensor": (
        checkpoint("x.pth", {"state_dict": {"weight": torch.eye(3).to_sparse()}}),
        "convert x.pth x.keras",
        "x.pth holds a 'state_dict' whose entry 'weight' is not a plain tensor of numbers.",
    ),
    "checkpoint of complex numbers": (
        checkpoint("x.pth", {"state_dict": {"weight": torch.ones(3, dtype=torch.complex64)}}),
        "convert x.pth x.keras",
        "entry 'weight' is not a plain tensor of numbers.",
    ),
    "checkpoint of a tensor without data": (
        checkpoint("x.pth", {"state_dict": {"weight": torch.ones(3, device="meta")}}),
        "convert x.pth x.keras",
        "entry 'weight' is not a plain tensor of numbers.",
    ),
    "checkpoint of one number that stands for a trillion": (
        checkpoint("x.pth", {"state_dict": {"weight": torch.ones(1, dtype=torch.half).expand(10**12)}}),
        "convert x.pth x.keras",
        "entry 'weight' is not a plain tensor of numbers.",
    ),
    "checkpoint of layers without channels": (
        checkpoint(
            "x.pth",
            {
                "state_dict": {
                    "layer0.0.weight": torch.ones(0, 4, 3, 3),
                    "index0.indexnet1.0.weight": torch.ones(5, 1, 1, 1),
                    "index0.indexnet1.1.weight": torch.ones(5),
                }
            },
        ),
        "convert x.pth x.keras",
        "x.pth does not hold a network of this library; missing:",
    ),
    "checkpoint of another network": (
        checkpoint("x.pth", {"state_dict": {"weight": torch.ones(3)}}),
        "convert x.pth x.keras",
        "x.pth is not a checkpoint of a matting network",
    ),
    "conversion of a zip file": (archive("x.keras"), "convert x.keras x.pth", "x.keras cannot be opened"),
    "conversion of another network": (
        other_network("x.keras"),
        "convert x.keras x.pth",
        "x.keras is no matting network",
    ),
    "complexity of an unknown network": (nothing, "complexity b99", "There is no configuration 'b99'"),
    "complexity at fewer than no pixels": (nothing, "complexity b11 --size -1", "not '-1'."),
    "drawing of an unknown network": (nothing, "draw b99", "There is no configuration 'b99'"),
    "drawing as text": (nothing, "draw b11 -o b11.txt", "ends in .svg, .pdf, .png"),
    "complexity at too many pixels": (
        nothing,
        f"complexity b11 --size {10**9}",
        "of 1 to 32768 pixels, not '1000000000'.",
    ),
    "drawing for no pixels": (nothing, "draw b11 --size 0", "of 1 to 32768 pixels, not '0'."),
    "drawing without expansion": (nothing, "draw m2o_nonlinear --expansion 0", "0 is not in the range x>=1"),
    "drawing of an unknown output stride": (nothing, "draw b11 --output-stride 8", "not 8."),
    "doctor with an argument": (nothing, "doctor now", "unexpected extra argument"),
    "matte without a photograph": (nothing, "matte none.png trimap.png -o out", "There is no file none.png."),
    "matte without its trimap": (nothing, "matte photo.png none.png -o out", "There is no file none.png."),
    "matte without its strokes": (nothing, "matte photo.png --strokes none.png", "There is no file none.png."),
    "matte without a trimap": (nothing, "matte photo.png --auto nonet", "rembg has no model 'nonet'; it has "),
    "matte without its weights": (
        nothing,
        MATTE.replace("network.tflite", "none.onnx"),
        "There are no weights 'none.onnx'",
    ),
    "unknown colour": (nothing, f"{MATTE} --background nocolour", "neither a file nor a colour"),
    "output below a file": (nothing, MATTE.replace("-o out", "-o photo.png/out"), "cannot be written"),
    "file as output folder": (nothing, MATTE.replace("-o out", "-o a.png --sheet"), "leave --sheet out"),
    "sheet without a photograph": (nothing, "show none.png trimap.png", "There is no file none.png."),
    "sheet without its truth": (nothing, "show photo.png trimap.png --truth none.png", "There is no file none"),
    "sheet without its weights": (nothing, "show photo.png trimap.png --weights none", "There are no weights"),
    "page without its weights": (nothing, "serve --port 0 --weights none", "There are no weights 'none'"),
    "missing data set": (nothing, "evaluate none", "There is no folder none."),
    "data set without its weights": (
        data_set(),
        "evaluate set --weights none.keras",
        "There are no weights 'none.keras'",
    ),
    "check of nothing": (nothing, "check-data alphamatting none", "There is no folder none."),
    "trimap of nothing": (nothing, "trimap none.png", "There is no file none.png."),
    "training of an unknown network": (
        nothing,
        f"{TRAIN} --configuration b99",
        "There is no configuration 'b99'",
    ),
    "training without its encoder": (
        nothing,
        "train --output run --encoder-weights none.h5",
        "none.h5 cannot be read",
    ),
    "training without backgrounds": (nothing, f"{TRAIN} --backgrounds none", "There is no folder none"),
    "training without its weights": (
        nothing,
        "train --output run --weights none.keras",
        "There are no weights 'none.keras'",
    ),
    "missing config file": (nothing, f"{TRAIN} --config none.py", "There is no config file none.py"),
    "preset and config file": (
        nothing,
        f"{TRAIN} --config none.py --preset paper",
        "Give --preset or --config, not both",
    ),
    "steps and minutes": (nothing, f"{TRAIN} --steps 3 --minutes 1", "Give --steps or --minutes, not both"),
    "batch that cannot be split": (
        nothing,
        f"{TRAIN} --batch-size 3 --devices 2",
        "cannot be split evenly over 2 devices",
    ),
    "curves of nothing": (nothing, "plot none", "none is not the folder of a training run"),
    "export at 300 pixels": (nothing, "export -o e.tflite --size 300", "multiples of 32"),
    "export without photographs": (nothing, "export --validation none", "There is no folder none."),
    "export without its weights": (nothing, "export --weights none", "There are no weights 'none'"),
    "complexity of one unknown network": (nothing, "complexity b11 b99", "There is no configuration 'b99'"),
    "complexity at 100 pixels": (
        nothing,
        "complexity b11 --size 100",
        "--size is a multiple of 32 for b11, not 100",
    ),
    "conversion of nothing": (nothing, "convert none.pth.tar x.keras", "There is no checkpoint none.pth.tar"),
    "conversion of no file": (nothing, "convert none.keras x.pth.tar", "There is no file none.keras."),
    "conversion of a picture": (nothing, "convert photo.png x.keras", "One of IN and OUT is a .keras file"),
    "conversion of a damaged network": (
        content("noise.keras", NOISE),
        "convert noise.keras x.pth.tar",
        "noise.keras cannot be opened: it is damaged",
    ),
    "conversion of noise": (
        content("noise.pth.tar", NOISE),
        "convert noise.pth.tar x.keras",
        "not a PyTorch checkpoint",
    ),
    "conversion into no folder": (
        content("noise.pth.tar", NOISE),
        "convert noise.pth.tar none/b11.keras",
        "There is no folder none",
    ),
    "unknown command": (nothing, "mate", "No such command 'mate'"),
    "unknown option": (nothing, "matte --wieghts x", "No such option '--wieghts'"),
}


def present():
    """Everything in the working directory, with the bytes of what is a file."""
    return {path: path.is_file() and path.read_bytes() for path in Path().rglob("*")}


@pytest.mark.parametrize(("make", "command", "message"), REFUSED.values(), ids=REFUSED)
def test_bad_input_ends_with_one_sentence_and_leaves_nothing(workplace, capsys, make, command, message):
    make()
    before = present()
    with pytest.raises(SystemExit) as stopped:
        main(shlex.split(command))
    *usage, said = capsys.readouterr().err.splitlines()
    assert stopped.value.code == (2 if usage else 1)
    assert not usage or usage[0].startswith("Usage: ")
    assert said.startswith("Error: ") and message in said and "Errno" not in said
    assert present() == before


def test_the_harmful_files_would_have_run_their_code(workplace):
    """Or the two rows above, after which there is no file `executed`, would prove nothing."""
    harmful_pickle("x.pth.tar")()
    pickle.loads(Path("x.pth.tar").read_bytes())
    assert Path("executed").exists()


GREY = cv2.cvtColor(DRAWN.image, cv2.COLOR_RGB2GRAY)
PALETTE = np.array(Image.fromarray(DRAWN.image).convert("P").convert("RGB"))
ONE_BIT = np.array(Image.fromarray(DRAWN.image).convert("1").convert("RGB"))
MASKED = np.select([DRAWN.alpha <= 10, DRAWN.alpha >= 245], [0, 255], 128)

# name: files, photograph, what it shows, how far its pixels may be from that on average
PHOTOGRAPHS = {
    "CMYK JPEG": (as_mode("p.jpg", DRAWN.image, "CMYK"), "p.jpg", DRAWN.image, 12),
    "grey JPEG": (as_mode("p.jpg", DRAWN.image, "L"), "p.jpg", GREY[..., np.newaxis].repeat(3, 2), 3),
    "palette PNG": (as_mode("p.png", DRAWN.image, "P"), "p.png", PALETTE, 0),
    "PNG of one bit": (as_mode("p.png", DRAWN.image, "1"), "p.png", ONE_BIT, 0),
    "PNG of 16 bits": (sixteen_bits("p.png", DRAWN.image), "p.png", DRAWN.image, 0),
    "grey PNG with alpha": (
        as_mode("p.png", DRAWN.image, "LA"),
        "p.png",
        GREY[..., np.newaxis].repeat(3, 2),
        1,
    ),
    "cut-out": (picture("p.png", np.dstack([DRAWN.image, DRAWN.alpha])), "p.png", DRAWN.image, 0),
    "animated WebP": (animation("p.webp"), "p.webp", DRAWN.image, 0),
    "animated GIF": (animation("p.gif"), "p.gif", DRAWN.image, 12),
    "JPEG that the camera turned": (turned_by_the_camera, "turned.jpg", DRAWN.image, 12),
    "name in other letters, with spaces": (
        renamed("photo.png", "größe 猫 .png"),
        "größe 猫 .png",
        DRAWN.image,
        0,
    ),
    "name of two lines": (renamed("photo.png", "a\nb.png"), "a\nb.png", DRAWN.image, 0),
    "name that is no text": (
        renamed("photo.png", os.fsdecode(b"a\xff.png")),
        os.fsdecode(b"a\xff.png"),
        DRAWN.image,
        0,
    ),
    "name with a dash after --": (renamed("photo.png", "-photo.png"), "-photo.png", DRAWN.image, 0),
    "name in capitals": (renamed("photo.png", "PHOTO.PNG"), "PHOTO.PNG", DRAWN.image, 0),
}


@pytest.mark.parametrize(("make", "name", "shown", "tolerance"), PHOTOGRAPHS.values(), ids=PHOTOGRAPHS)
def test_an_odd_photograph_is_matted_as_what_it_shows(workplace, make, name, shown, tolerance):
    make()
    main(["matte", "-o", "out", "--weights", "network.tflite", "--", name, "trimap.png"])
    image = read_image(name)
    assert np.abs(image.astype(int) - shown).mean() <= tolerance
    polish = inference.why_not_to_polish(image, DRAWN.trimap) is None
    model = inference.open_model("network.tflite")
    alpha = inference.predict_alpha(model, image, DRAWN.trimap, polish=polish)
    written = read_gray(f"out/{Path(name).stem}_alpha.png")
    np.testing.assert_array_equal(written, evaluation.eight_bit_matte(alpha))
    assert (written == DRAWN.trimap)[DRAWN.trimap != 128].all()
    np.testing.assert_array_equal(read_foreground(f"out/{Path(name).stem}_cutout.png")[..., 3], written)


# name: files, beside which trimap.png is read as this
TRIMAPS = {
    "of three equal channels": (
        picture("trimap.png", DRAWN.trimap[..., np.newaxis].repeat(3, 2)),
        DRAWN.trimap,
    ),
    "of 16 bits": (lambda: cv2.imwrite("trimap.png", DRAWN.trimap.astype(np.uint16) * 257), DRAWN.trimap),
    "with an alpha channel": (as_mode("trimap.png", DRAWN.trimap, "LA"), DRAWN.trimap),
    "with a palette": (as_mode("trimap.png", DRAWN.trimap, "P"), DRAWN.trimap),
    "of twice the size": (
        picture("trimap.png", np.kron(DRAWN.trimap, np.ones((2, 2), np.uint8))),
        DRAWN.trimap,
    ),
    "that is all unknown": (
        picture("trimap.png", np.full((64, 64), 128, np.uint8)),
        np.full((64, 64), 128),
    ),
    "of seven greys": (
        picture("trimap.png", np.clip(DRAWN.alpha // 42 * 42, 0, 255).astype(np.uint8)),
        np.where(DRAWN.alpha < 42, 0, np.where(DRAWN.alpha // 42 * 42 >= 245, 255, 128)),
    ),
    "that is an alpha matte": (picture("trimap.png", DRAWN.alpha), MASKED),
}


@pytest.mark.parametrize(("make", "levels"), TRIMAPS.values(), ids=TRIMAPS)
def test_an_odd_trimap_is_read_as_what_is_meant(workplace, make, levels):
    make()
    main(shlex.split(MATTE))
    levels = levels.astype(np.uint8)
    alpha = inference.predict_alpha(inference.open_model("network.tflite"), DRAWN.image, levels, polish=True)
    written = read_gray("out/photo_alpha.png")
    np.testing.assert_array_equal(written, evaluation.eight_bit_matte(alpha))
    assert (written == levels)[levels != 128].all()


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 3), (1, 5000), (5000, 1)], ids=str)
@pytest.mark.parametrize(
    "options", ["", "--max-pixels 1 --flip --scales 1,1.5", "--sheet --background blur --linear"]
)
def test_a_photograph_of_any_proportions_is_matted(workplace, size, options):
    strip(*size)()
    main(shlex.split(f"{STRIP} {options}"))
    trimap, alpha = read_gray("strip_trimap.png"), read_gray("out/strip_alpha.png")
    assert alpha.shape == size
    assert (alpha == trimap)[trimap != 128].all()
    np.testing.assert_array_equal(read_foreground("out/strip_cutout.png")[..., 3], alpha)
    if "--sheet" in options:
        assert read_image("out/strip_composite.png").shape == (*size, 3)
        assert max(read_image("out/strip_sheet.png").shape) < 10_000


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (30, 90)], ids=str)
def test_a_sheet_shows_all_of_its_pictures(size):
    dark, light = np.full(size, 10, np.uint8), np.full((*size, 3), 240, np.uint8)
    sheet = side_by_side([dark, light], ["dark", "light"], height=100)
    assert sheet.shape[1] <= 2 * (4 * 100 + 8)
    assert (sheet == 10).all(axis=2).any() and (sheet == 240).all(axis=2).any()


def test_a_log_whose_last_line_is_not_whole_is_drawn(workplace):
    log("steps,loss,mse\n1,0.5,0.25\n2,0.4,0.2\n3")()
    main(["plot", "run"])
    assert read_image("run/curves.png").size


NAN = np.full((8, 8, 3), 0.5, np.float32)
NAN[3, 4, 1] = np.nan
UNKNOWN = np.full((8, 8), 128, np.uint8)

ARRAYS = {
    "NaN in the image": (NAN, UNKNOWN, "holds no NaN"),
    "infinity in the image": (np.full((8, 8, 3), np.inf), UNKNOWN, r"lies in \[0, 1\]"),
    "image of integers": (np.zeros((8, 8, 3), int), UNKNOWN, "is int64, from 0 to 0"),
    "grey image": (np.zeros((8, 8), np.uint8), UNKNOWN, r"not uint8 of shape \(8, 8\)"),
    "image without pixels": (np.zeros((0, 8, 3), np.uint8), UNKNOWN[:0], r"of shape \(0, 8, 3\)"),
    "trimap of NaN": (np.zeros((8, 8, 3)), np.full((8, 8), np.nan), "trimap is float, .* holds no NaN"),
    "trimap of classes": (np.zeros((8, 8, 3)), UNKNOWN // 64, "The trimap's values reach only 2; it should be"),
    "trimap of another size": (np.zeros((8, 8, 3)), UNKNOWN[:7], "they must be of one size"),
}


@pytest.mark.parametrize(("image", "trimap", "message"), ARRAYS.values(), ids=ARRAYS)
def test_a_bad_array_is_named_in_one_sentence(image, trimap, message):
    with pytest.raises(ValueError, match=message):
        inference.predict_alpha(constant(0.5), image, trimap)


def indexnet(*arguments, **environment):
    return subprocess.run(
        [Path(sys.executable).with_name("indexnet"), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize(
    ("arguments", "backend", "said"),
    [
        (
            ["doctor"],
            "nonsense",
            "Error: KERAS_BACKEND is one of tensorflow, jax, torch, not 'nonsense'.\n",
        ),
        (
            ["export"],
            "jax",
            "Error: Export needs the TensorFlow backend, not jax: set KERAS_BACKEND=tensorflow.\n",
        ),
        (
            ["matte", "cut.png", "trimap.png"],
            "tensorflow",
            "Error: cut.png is not an image that can be read, or it is damaged: it claims more than it "
            "holds.\n",
        ),
    ],
    ids=["unknown backend", "export with another backend", "silence of OpenCV"],
)
def test_a_process_says_one_sentence_and_nothing_else(workplace, arguments, backend, said):
    shutil.copy("photo.png", "cut.png")
    cut("cut.png", 0.7)()
    finished = indexnet(*arguments, KERAS_BACKEND=backend)
    assert (finished.returncode, finished.stdout, finished.stderr) == (1, "", said)


def constant(value):
    return lambda inputs, training: 0.0 * inputs[..., :1] + value


laws = settings(deadline=None, max_examples=40, derandomize=True, database=None)
sides = st.integers(1, 40).map(lambda count: 32 * count)
fixed_sides = st.none() | st.integers(1, 12).map(lambda count: 32 * count)
bytes_of = st.integers(0, 255)


@given(sides, sides, st.integers(1, 10**6), fixed_sides, fixed_sides, st.data())
@laws
def test_tiles_cover_all_that_is_unknown_and_are_no_larger_than_allowed(
    height, width, max_pixels, fixed_height, fixed_width, data
):
    places = st.tuples(st.integers(0, height - 1), st.integers(0, width - 1))
    trimap = np.zeros((height, width), np.uint8)
    for row, column in data.draw(st.lists(places, min_size=1, max_size=5)):
        trimap[row : row + 40, column : column + 70] = 128
    size = (fixed_height, fixed_width)
    total = np.zeros(trimap.shape, np.float32)
    for tile in tiles_of(trimap, max_pixels, 32, size):
        assert (tile.weights >= 0).all() and tile.weights.shape == total[tile.area].shape
        assert tile.rows.start % 32 == tile.columns.start % 32 == 0
        if size == (None, None):
            assert tile.weights.size <= max(max_pixels, 32 * 32)
        total[tile.area] += tile.weights
    assert (total[trimap == 128] > 0).all()


@given(st.integers(1, 150), st.integers(8, 150))
@laws
def test_what_is_resized_there_and_back_is_where_it_was(height, width):
    """A ramp moves by its step times a shift, and half a pixel is what misaligned corners shift by."""
    ramp = np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))
    image, unknown = ramp[..., np.newaxis].repeat(3, 2), np.full(ramp.shape, 128, np.uint8)
    larger, _ = enlarged(image, unknown, 32)
    assert all(
        side % 32 == 0 and 0 <= side - own < 32 for side, own in zip(larger.shape, ramp.shape, strict=False)
    )
    alpha = inference.predict_alpha(lambda inputs, training: inputs[..., :1] / 255.0, image, unknown)
    shift = np.abs(alpha - ramp) * (width - 1)
    assert shift[:, 2:-2].max() < 0.05
    assert shift.max() < 0.5


pictures = arrays(np.uint8, (3, 4, 3), elements=bytes_of)


@given(pictures, pictures, arrays(bool, (3, 4)), st.booleans())
@laws
def test_alpha_0_shows_the_background_and_alpha_1_the_foreground(foreground, background, opaque, linear):
    placed = inference.place_over(foreground, opaque.astype(np.float32), background, linear)
    np.testing.assert_array_equal(placed, np.where(opaque[..., np.newaxis], foreground, background))


@given(pictures, pictures, arrays(np.float32, (3, 4), elements=st.floats(0, 1, width=32)))
@laws
def test_mixed_colours_lie_between_and_light_mixes_brighter(foreground, background, alpha):
    values, light = (inference.place_over(foreground, alpha, background, linear) for linear in (False, True))
    for placed in (values, light):
        assert (placed >= np.minimum(foreground, background)).all()
        assert (placed <= np.maximum(foreground, background)).all()
    assert (light.astype(int) >= values.astype(int) - 1).all()


mattes = arrays(np.uint8, (6, 7), elements=bytes_of)
trimaps = arrays(np.uint8, (6, 7), elements=st.sampled_from([0, 128, 255])).filter(lambda t: (t == 128).any())


@given(mattes, mattes, mattes, trimaps)
@laws
def test_matting_errors_are_distances(alpha, truth, other, trimap):
    errors = evaluation.matting_errors(alpha, truth, trimap)
    assert all(np.isfinite(error) and error >= 0 for error in errors.values())
    # The last bit of OpenCV's gradients depends on where in memory the result happens to lie.
    assert max(evaluation.matting_errors(truth, truth, trimap).values()) < 1e-15
    assert evaluation.matting_errors(truth, alpha, trimap) == pytest.approx(errors, rel=1e-5, abs=1e-9)
    elsewhere = evaluation.matting_errors(*(np.where(trimap == 128, m, other) for m in (alpha, truth)), trimap)
    assert (elsewhere["sad"], elsewhere["mse"]) == pytest.approx((errors["sad"], errors["mse"]))
