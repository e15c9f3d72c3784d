"""Fixtures for all tests."""

import functools
import gc
import os
from pathlib import Path

import keras
import numpy as np
import pytest
from processes import collect_garbage_seldom, set_up_keras

set_up_keras()


def pytest_collection_finish():
    collect_garbage_seldom()


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


@pytest.fixture(scope="session")
def selecting_model(tmp_path_factory):
    """An ONNX file of U2-Net's kind that selects what is red."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    red = np.float32([6.0, -6.0, 0.0]).reshape(1, 3, 1, 1)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["pixels", "red", "least"], ["redness"]),
            helper.make_node("Sigmoid", ["redness"], ["selected"]),
        ],
        "red",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, 320, 320])],
        [helper.make_tensor_value_info("selected", TensorProto.FLOAT, [1, 1, 320, 320])],
        [numpy_helper.from_array(red, "red"), numpy_helper.from_array(np.float32([-5.0]), "least")],
    )
    path = tmp_path_factory.mktemp("selecting") / "red.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


@pytest.fixture
def eager_steps():
    """Training without graphs: tracing one takes as long as ten steps."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.run_functions_eagerly(True)
        yield
        tensorflow.config.run_functions_eagerly(False)
    else:
        yield


@pytest.fixture(scope="session")
def small_network():
    """A network with a context module and learned indices that is quick to export; its alpha is no constant."""
    from keras_indexnet import data, inference, models

    keras.utils.set_random_seed(3)
    network = models.matting_model("o2o_linear_context", width=0.35)
    drawn = data.drawn_photograph(seed=2, size=200, kind="hair")
    inputs = inference.network_input(drawn.image, drawn.trimap)[np.newaxis]
    shift = network.get_layer("head_bn").beta
    shift.assign(shift + 1.0)  # past the head's ReLU
    alpha = keras.ops.convert_to_numpy(network(inputs, training=False))
    kernel = network.get_layer("alpha").kernel
    kernel.assign(kernel / max(1.0, np.abs(alpha).max()))
    return network


@pytest.fixture(scope="session")
def exported(small_network, tmp_path_factory):
    """Return the file and the report of the small network in a format, of a fixed or of free size and batch."""
    from keras_indexnet.export import export_model
    from keras_indexnet.export.formats import FORMATS

    @functools.cache
    def file_and_report(format, input_size):
        path = tmp_path_factory.mktemp(format) / f"matting{FORMATS[format].suffix}"
        batch_size = 1 if input_size else None
        return path, export_model(small_network, path, format, input_size=input_size, batch_size=batch_size)

    return lambda format, input_size=None: file_and_report(format, input_size)


@pytest.fixture(autouse=True, scope="module")
def forgotten_networks():
    """Python cannot see how large a network is that refers to itself, and lets gigabytes of them wait."""
    yield
    gc.collect()
