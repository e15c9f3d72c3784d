"""The library on the other backends of Keras, each in a process of its own."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
# What JAX compiled is kept for the next process, and for the next run of the tests.
JAX_CACHE = {
    "JAX_COMPILATION_CACHE_DIR": str(REPOSITORY / ".pytest_cache" / "jax"),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}
# What has code that another backend could run in another way.
TESTS = (
    "tests/layers",
    "tests/training",
    "tests/data/on_device",
    "tests/graphs/test_pooling_replacement.py",
    "tests/models/test_image_matting.py",
    "tests/profiling/test_counting.py",
    "tests/tasks",
)
# Of these, in `make test`: every layer by the table of what Keras users expect, and by the reference's
# outputs; the optimizer; `fit` on samples that are composed on the device; a model that is rewritten, trained
# and saved; and counting. JAX compiles every operation for every shape; what is put together from Keras's own
# layers takes most of that time, and is left to `make test-all`, as are the equations of
# docs/understand/index_functions.md, one by one, and `fit` on JAX (a third of the time for one network).
SAMPLE = (
    "(keras_layer or keras_users or equals_the_reference or layerwise_adam or nested_model or "
    "counted_by_hand or left_as_it_was or are_these_on_every_backend{more}) "
    "and not test_aspp and not test_crp and not test_alpha_refinement and not test_aligned_resizing"
)
MORE = {"jax": "", "torch": " or what_is_composed"}
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
    environment = {**os.environ, "KERAS_BACKEND": backend, **JAX_CACHE}
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


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_layers_optimizer_and_counting_pass_their_tests(backend):
    """And index blocks equal the reference, where its outputs are given."""
    skip_without(backend)
    check_golden(pytest_on(backend, *TESTS, "-m", "not slow", "-rps", "-k", SAMPLE.format(more=MORE[backend])))


@pytest.mark.matrix
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_all_that_is_not_slow_passes(backend):
    skip_without(backend)
    check_golden(pytest_on(backend, *TESTS, "-m", "not slow", "-rps"))


def check_golden(said):
    golden = said.count("PASSED tests/layers/test_golden_index_blocks.py::test_equals_the_reference")
    assert golden == 12 or "the given data are missing" in said


@pytest.mark.matrix
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_page_on_reuse(backend):
    skip_without(backend)
    assert "passed" in pytest_on(backend, "tests/test_reuse.py")


@pytest.mark.matrix
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
