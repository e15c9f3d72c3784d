"""The Python examples of the README and of pages of the documentation run as they are printed."""

import re

import cv2
import keras
import numpy as np
import pytest

from keras_indexnet.data import drawn_photograph, write_image

BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
# What a reader has on disk and a test has not the time for.
SHORTENED = {"steps=250, size=160": "steps=2, size=64", "epochs=20": "epochs=1", "count=1000": "count=2"}


@pytest.fixture
def examples(request):
    readme = (request.config.rootpath / "README.md").read_text()
    for long, short in SHORTENED.items():
        assert long in readme
        readme = readme.replace(long, short)
    return BLOCK.findall(readme)


@pytest.mark.slow
def test_every_example_runs(tmp_path, monkeypatch, examples, eager_steps):
    monkeypatch.chdir(tmp_path)
    drawn = drawn_photograph(size=128)
    write_image(tmp_path / "photo.jpg", drawn.image)
    write_image(tmp_path / "trimap.png", drawn.trimap)
    noise = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    write_image(tmp_path / "photographs" / "one.jpg", cv2.resize(noise, (200, 150)))

    three_lines, matting, own_model, training = examples
    names = {}
    for example in (three_lines, matting):
        (tmp_path / "cutout.png").unlink(missing_ok=True)
        exec(example, names)
        assert names.pop("alpha").shape == (128, 128)
        assert (tmp_path / "cutout.png").is_file()
    exec(own_model, names)
    assert isinstance(names["model"], keras.Model)
    assert names["model"](np.zeros((1, 32, 48, 3), "float32")).shape == (1, 32, 48, 1)
    exec(training, names)
    assert np.isfinite(names["model"].history.history["loss"]).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [
        "use/keras_hub",
        "use/training",
        "understand/procedural",
        "understand/composition",
        "understand/index_maps",
    ],
)
def test_every_example_of_a_page_runs(request, tmp_path, monkeypatch, page, eager_steps):
    monkeypatch.chdir(tmp_path)
    examples = BLOCK.findall((request.config.rootpath / "docs" / f"{page}.md").read_text())
    assert examples
    names = {}  # an example may use what those above it made
    for example in examples:
        exec(example, names)
