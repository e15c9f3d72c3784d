"""The library on the other backends of Keras, each in a process of its own."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
# What a process needs to prove that TensorFlow is out of the game.
TRAIN_A_SMALL_MODEL = """
import numpy, keras, keras_indexnet
features = keras.Input((None, None, 3))
encoder_index, decoder_index = keras_indexnet.layers.HolisticIndexBlock()(features)
pooled = keras_indexnet.layers.IndexedPooling()(features, encoder_index)
alpha = keras_indexnet.layers.IndexedUpsampling()(pooled, decoder_index)[..., :1]
model = keras.Model(features, alpha)
model.compile(keras_indexnet.training.LayerwiseAdam(), keras_indexnet.losses.MattingLoss())
model.fit(numpy.ones((2, 8, 8, 3)), numpy.ones((2, 8, 8, 8)), verbose=0)
"""
WITHOUT_TENSORFLOW = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "tensorflow":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
"""
# Keras imports TensorFlow, where it can, to copy a layer by its config, as the building of a network does.
RUN_A_NETWORK = """
network = keras_indexnet.models.matting_model("hin_linear", width=0.35)
assert network(numpy.ones((1, 32, 64, 4), "float32")).shape == (1, 32, 64, 1)
"""


def run(backend, *arguments):
    """Run Python with another backend in the repository, and fail with its output if it fails."""
    environment = {**os.environ, "KERAS_BACKEND": backend}
    environment.pop("PYTEST_ADDOPTS", None)
    command = [sys.executable, *arguments]
    finished = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout[-6000:] + finished.stderr[-6000:]
    return finished.stdout


def pytest_on(backend, *tests):
    return run(backend, "-m", "pytest", *tests, "-p", "no:cacheprovider")


def skip_without(module):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")


# The table that every layer passes, the golden files, the optimizer, and a run that is stopped: JAX compiles
# for one minute for these, and for seven for all.
MOST_TELLING = "keras_layer or keras_users or equals_the_reference or layerwise or goes_on_is_the_run"


@pytest.mark.slow
@pytest.mark.parametrize(
    "chosen", [("-k", MOST_TELLING), pytest.param((), marks=pytest.mark.matrix)], ids=["some", "all"]
)
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_layers_and_training_pass_their_tests(backend, chosen):
    """And index blocks equal the reference, where its outputs are given."""
    skip_without(backend)
    said = pytest_on(backend, "tests/layers", "tests/training", "-m", "not slow", "-rps", *chosen)
    golden = said.count("PASSED tests/layers/test_golden_index_blocks.py::test_equals_the_reference")
    assert golden == 12 or "the given data are missing" in said


@pytest.mark.slow
def test_a_matting_network_trains_on_torch():
    skip_without("torch")
    test = "tests/models/test_matting_network.py::test_a_training_step_changes_every_layer"
    assert "1 passed" in pytest_on("torch", test)


def test_jax_does_not_import_tensorflow():
    skip_without("jax")
    code = TRAIN_A_SMALL_MODEL + "import sys; assert 'tensorflow' not in sys.modules"
    run("jax", "-c", code)


@pytest.mark.slow
def test_networks_train_and_run_on_jax_where_tensorflow_cannot_be_imported():
    skip_without("jax")
    run("jax", "-c", WITHOUT_TENSORFLOW + TRAIN_A_SMALL_MODEL + RUN_A_NETWORK)
