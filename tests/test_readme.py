"""What the README and pages of the documentation print runs: Python examples, and lines for a shell."""

import re
import shlex
import shutil
import subprocess
import tomllib

import click
import cv2
import keras
import numpy as np
import pytest
from packaging.requirements import Requirement
from PIL import Image

from keras_indexnet.cli import cli, main
from keras_indexnet.data import read_gray, read_image, write_image

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
# What a reader has the time for, and a test has not.
SHORTENED = {
    "steps=250, size=160": "steps=2, size=64",
    "epochs=20": "epochs=1",
    "count=1000": "count=2",
    "--steps 3000": "--steps 2 --batch-size 2 --size 64",
}
FIRST_PAGES = "README.md", "docs/getting_started.md"


@pytest.fixture
def page(request):
    """Return the text of a page, shortened."""

    def read(path):
        text = (request.config.rootpath / path).read_text()
        for long, short in SHORTENED.items():
            assert path != "README.md" or long in text
            text = text.replace(long, short)
        return text

    return read


@pytest.fixture
def readers_folder(request, tmp_path, monkeypatch):
    """A folder with what a reader has: a small photograph, its trimap, and folders to train on."""
    monkeypatch.chdir(tmp_path)
    samples = request.config.rootpath / "datasets" / "samples"
    photo, trimap = read_image(samples / "astronaut.jpg"), read_gray(samples / "astronaut_trimap.png")
    write_image("photo.jpg", cv2.resize(photo, (160, 160), interpolation=cv2.INTER_AREA))
    write_image("trimap.png", cv2.resize(trimap, (160, 160), interpolation=cv2.INTER_NEAREST))
    write_image("photographs/one.jpg", photo)
    write_image("cutouts/one.png", np.dstack([photo, trimap]))
    return tmp_path


@pytest.mark.slow
def test_every_example_runs(readers_folder, page, eager_steps):
    cutting_out, own_model, training = blocks(page("README.md"), "python")
    names = {}
    exec(cutting_out, names)
    np.testing.assert_array_equal(np.asarray(Image.open("cutout.png")), names["rgba"])
    assert names["rgba"].shape == (160, 160, 4)
    exec(own_model, names)
    assert isinstance(names["model"], keras.Model)
    assert names["model"](np.zeros((1, 32, 48, 3), "float32")).shape == (1, 32, 48, 1)
    exec(training, names)
    assert np.isfinite(names["model"].history.history["loss"]).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "getting_started",
        "use/keras_hub",
        "use/training",
        "understand/procedural",
        "understand/composition",
        "understand/index_maps",
    ],
)
def test_every_example_of_a_page_runs(readers_folder, page, path, eager_steps):
    examples = blocks(page(f"docs/{path}.md"), "python")
    assert examples
    names = {}  # an example may use what those above it made
    for example in examples:
        exec(example, names)


@pytest.mark.matrix
@pytest.mark.parametrize("path", FIRST_PAGES)
def test_every_line_for_a_shell_runs(request, readers_folder, page, path, selecting_model):
    lines = shell_lines(page(path))
    assert len(lines) > 5
    for line in lines:
        program, *arguments = shlex.split(line)
        if program == "indexnet":
            arguments += ["--auto-model", str(selecting_model)] if "--auto" in arguments else []  # not fetched
            main(arguments)
            if "-o" in arguments:
                assert (readers_folder / arguments[arguments.index("-o") + 1]).exists(), line
        else:
            assert program in ("pip", "make"), line


@pytest.mark.parametrize("path", FIRST_PAGES)
def test_what_is_installed_and_made_exists(request, page, path):
    root = request.config.rootpath
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    required = re.findall(r'pip install "(keras_indexnet\[.*?\])"', page(path))
    assert required
    for requirement in map(Requirement, required):
        assert requirement.name == project["name"]
        assert requirement.extras <= project["optional-dependencies"].keys()
    for line in shell_lines(page(path)):
        if line.startswith("make ") and shutil.which("make"):
            subprocess.run([*shlex.split(line), "--dry-run"], cwd=root, check=True, capture_output=True)


def test_every_command_of_every_page_has_its_options(request):
    root = request.config.rootpath
    pages = [root / "README.md", *root.glob("docs/**/*.md"), *root.glob("datasets/**/*.md")]
    lines = [line for path in pages for line in shell_lines(path.read_text()) if line.startswith("indexnet ")]
    assert len(lines) > 50
    for line in lines:
        _, name, *arguments = shlex.split(line.split("|")[0], comments=True)
        command = cli.commands[name]
        command.make_parser(click.Context(command, info_name=name)).parse_args(arguments)


def blocks(text, language=""):
    """Return the blocks of code in a language, for a shell where none is named."""
    return [code for named, code in BLOCK.findall(text) if named == language]


def shell_lines(text):
    return [line for block in blocks(text) for line in block.splitlines() if line]
