"""Fixtures for all tests."""

import gc
import os
from pathlib import Path

import keras
import pytest

# The tests run a graph a few times only: optimising it would take longer than it saves.
# XLA's flag is for JAX, which runs in processes that inherit it.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false")
if keras.backend.backend() == "tensorflow":
    import tensorflow

    tensorflow.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
# Workers share the cores between them. One thread each, and in the processes that they start, does the same
# in an eighth less of CPU time.
if "PYTEST_XDIST_WORKER" in os.environ:
    for variable in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    if keras.backend.backend() == "tensorflow":
        tensorflow.config.threading.set_intra_op_parallelism_threads(1)


def pytest_itemcollected(item):
    if item.get_closest_marker("matrix"):
        item.add_marker("slow")  # so that `-m "not slow"` leaves them out, too


@pytest.fixture(scope="session")
def shared():
    """The directory of given data, `shared`, beside the repository."""
    directory = Path(__file__).resolve().parents[2] / "shared"
    if not directory.is_dir():
        reason = f"the given data are missing: there is no directory {directory}"
        if "CI" in os.environ:
            pytest.fail(reason)
        pytest.skip(reason)
    return directory


@pytest.fixture(scope="session")
def small_tflite(tmp_path_factory):
    """A matting network of one convolution, in a file that opens at once."""
    path = tmp_path_factory.mktemp("network") / "network.tflite"
    pixels = keras.Input((None, None, 4))
    alpha = keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")(pixels / 255.0)
    spec = keras.InputSpec(shape=(1, None, None, 4), dtype="float32")
    keras.Model(pixels, alpha).export(path, format="litert", verbose=False, input_signature=[spec])
    return path


@pytest.fixture(autouse=True, scope="module")
def forgotten_networks():
    """Python cannot see how large a network is that refers to itself, and lets gigabytes of them wait."""
    yield
    gc.collect()
