"""Models as a stranger might send them: that do more than compute, or open and do not run."""

import json
import zipfile

import keras
import numpy as np

IMAGE_AND_TRIMAP = (1, None, None, 4)


def saved_model(path, call, loading=None, dtype="float32"):
    """Write a SavedModel that calls a function of image and trimap, and has what another one returns."""
    import tensorflow as tf

    module = tf.Module()
    spec = tf.TensorSpec(IMAGE_AND_TRIMAP, dtype)
    module.call = tf.function(lambda inputs: {"alpha": call(inputs)}, input_signature=[spec])
    if loading is not None:
        module.loaded = loading()
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.call})


def tflite(path, call, dtype="float32"):
    """Write a TFLite file that calls a function of image and trimap."""
    import tensorflow as tf

    folder = path.with_suffix("")
    saved_model(folder, call, dtype=dtype)
    path.write_bytes(tf.lite.TFLiteConverter.from_saved_model(str(folder)).convert())


def onnx(path, type="FLOAT", shape=None):
    """Write an ONNX file that gives the red channel, in another shape if it is told one."""
    from onnx import TensorProto, helper

    element = TensorProto.DataType.Value(type)
    nodes = [helper.make_node("Slice", ["pixels", "0", "1", "3"], ["red"])]
    constants = [helper.make_tensor(str(value), TensorProto.INT64, [1], [value]) for value in (0, 1, 3)]
    if shape is not None:
        nodes.append(helper.make_node("Reshape", ["red", "shape"], ["alpha"]))
        constants.append(helper.make_tensor("shape", TensorProto.INT64, [4], shape))
    ends = [
        [helper.make_tensor_value_info(name, element, [1, None, None, channels])]
        for name, channels in (("pixels", 4), (nodes[-1].output[0], 1))
    ]
    model = helper.make_model(
        helper.make_graph(nodes, "strange", *ends, constants),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
    )
    path.write_bytes(model.SerializeToString())


def keras_file(path, change):
    """Write a .keras file of one convolution whose config a function has changed."""
    pixels = keras.Input(IMAGE_AND_TRIMAP[1:])
    network = keras.Model(pixels, keras.layers.Conv2D(1, 3, padding="same")(pixels))
    whole = path.with_name(f"whole_{path.name}")
    network.save(whole)
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(path, "w") as changed:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config)
            changed.writestr(name, content)


def share_of_red(inputs):
    """A matte that every format can compute."""
    import tensorflow as tf

    return tf.nn.avg_pool2d(inputs[..., :1] / np.float32(255), 3, 1, "SAME")
