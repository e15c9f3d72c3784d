"""The page on reuse: its examples run as they are printed, and what they build learns.

tests/test_backends.py runs this on the other backends.
"""

import os
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet import layers
from keras_indexnet.profiling.counting import complexity

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = (REPOSITORY / "docs" / "use" / "reuse.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The names that the page's blocks leave behind, run in the order in which they stand there."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("page"))
    names = {}
    try:
        for block in BLOCKS:
            if 'format="litert"' not in block or keras.backend.backend() == "tensorflow":
                exec(block, names)
        names["written"] = sorted(path.name for path in Path.cwd().iterdir())
    finally:
        os.chdir(before)
    return names


@pytest.mark.slow
def test_vgg16_has_indexed_pooling_and_computes_the_same_with_maxima(page):
    images = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    expected = ops.convert_to_numpy(page["vgg16"](images))
    assert expected.std() > 0
    np.testing.assert_allclose(ops.convert_to_numpy(page["exact"](images)), expected, rtol=1e-4)
    assert type(page["encoder"].get_layer("block3_pool")) is layers.IndexedPooling
    assert type(page["first"].get_layer("block2_pool")) is keras.layers.MaxPooling2D


@pytest.mark.slow
def test_the_page_writes_and_shapes_what_it_says(page):
    assert page["model"].output_shape == (None, None, None, 4)
    assert tuple(page["index_map"].shape) == (4, 32, 48, 32)
    assert tuple(page["upsampled"].shape) == (1, 24, 36, 8)
    exported = ["model.tflite"] if keras.backend.backend() == "tensorflow" else []
    assert page["written"] == ["model.keras", *exported]
    loaded, saved = (ops.convert_to_numpy(page[name](page["images"])) for name in ("loaded", "model"))
    np.testing.assert_allclose(loaded, saved, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("skip", [False, True])
def test_the_segnet_of_the_page_learns_where_things_are(page, skip):
    """Small squares of a colour each on noise; what lies at which pixel is known to the indices only."""
    random = np.random.default_rng(0)
    labels = np.zeros((32, 16, 16), "int32")
    for image in labels:
        top, left = random.integers(0, 12, 2)
        image[top : top + 4, left : left + 4] = random.integers(1, 4)
    images = (np.eye(4)[labels][..., 1:] + random.normal(0, 0.1, (32, 16, 16, 3))).astype("float32")
    keras.utils.set_random_seed(0)
    model = page["segnet"](outputs=4, filters=(8, 16), skip=skip)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, jit_compile=False)
    history = model.fit(images, labels, batch_size=32, epochs=40, verbose=0).history["loss"]
    assert history[-1] < 0.15 * history[0]


@pytest.mark.slow
def test_the_classifier_of_the_page_learns_photographs(page, shared):
    with np.load(shared / "data" / "tasks" / "cifar10_5k.npz") as file:
        images, labels = file["x_train"][:64] / 255.0, file["y_train"][:64].ravel()
    keras.utils.set_random_seed(0)
    model = page["classifier"](classes=10, filters=(8, 16))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, jit_compile=False)
    history = model.fit(images.astype("float32"), labels, batch_size=64, epochs=30, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]


def test_the_costs_on_the_page():
    blocks = (
        layers.HolisticIndexBlock(context=True),
        layers.DepthwiseIndexBlock("o2o", context=True),
        layers.DepthwiseIndexBlock("m2o", context=True),
        layers.DepthwiseIndexBlock("m2o", context=True, nonlinear=True),
    )
    printed = re.findall(r"\| ([\d,]+); ([\d,]+) \|", PAGE)
    assert len(printed) == len(blocks)
    for block, figures in zip(blocks, printed, strict=True):
        inputs = keras.Input((16, 16, 64))
        counted = complexity(keras.Model(inputs, block(inputs)))
        per_value = counted.multiply_adds / (16 * 16 * 64)
        assert (f"{counted.parameters:,}", f"{per_value:,.0f}") == figures
