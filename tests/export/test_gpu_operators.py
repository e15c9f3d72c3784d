"""Operators that LiteRT's GPU delegates refuse: none of ours, and every kind of what they refuse."""

import keras
import pytest

from keras_indexnet.cli.export import print_refused
from keras_indexnet.cli.group import main
from keras_indexnet.errors import IndexNetError
from keras_indexnet.export import export_model, refused_by_gpu
from keras_indexnet.models import MattingNetwork, list_presets

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="export is TensorFlow's")


def converted(path, function, shape=(1, 8, 8, 4)):
    """Write a TFLite file of a function of one tensor, and return its path."""
    import tensorflow as tf

    traced = tf.function(function).get_concrete_function(tf.TensorSpec(shape, tf.float32))
    path.write_bytes(tf.lite.TFLiteConverter.from_concrete_functions([traced]).convert())
    return path


def gathering(x):
    import tensorflow as tf

    return tf.gather_nd(x, [[0, 1], [0, 2]])


def five_axes(x):
    import tensorflow as tf

    return tf.transpose(tf.reshape(x, (1, 2, 4, 8, 4)), (0, 2, 1, 3, 4))


def enlarging(x):
    import tensorflow as tf

    return tf.image.resize(x, (16, 16))


def enlarging_by_what_it_sees(x):
    import tensorflow as tf

    return tf.image.resize(x, 2 * tf.cast(tf.reduce_max(x), tf.int32) * tf.constant([1, 1]))


def one_row(x):
    return x[:, 0]


def whole_numbers(x):
    import tensorflow as tf

    return tf.cast(x, tf.int64)


def padding(x):
    import tensorflow as tf

    return tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), "SYMMETRIC")


def outer_product(x):
    return x[:, :1] * x[:, :, :1]


@pytest.mark.parametrize(
    ("function", "shape", "kind", "reason"),
    [
        (gathering, (1, 8, 8, 4), "GATHER_ND", "do not have this operator"),
        (five_axes, (1, 8, 8, 4), "TRANSPOSE", "5 axes"),
        (enlarging, (1, None, None, 4), "RESIZE_BILINEAR", "free"),
        (enlarging_by_what_it_sees, (1, 8, 8, 4), "RESIZE_BILINEAR", "free"),
        (one_row, (1, 8, 8, 4), "STRIDED_SLICE", "adds or removes an axis"),
        (whole_numbers, (1, 8, 8, 4), "CAST", "INT64"),
        (padding, (1, 8, 8, 4), "MIRROR_PAD", "repeats the border"),
        (outer_product, (1, 8, 8, 4), "MUL", "enlarges both"),
    ],
)
def test_a_refused_operator_is_listed_with_what_refuses_it(tmp_path, function, shape, kind, reason):
    refused = refused_by_gpu(converted(tmp_path / "network.tflite", function, shape))
    assert any(operator.kind == kind and reason in operator.reason for operator in refused), refused


def test_half_pixels_and_aligned_corners_are_refused_together_only(tmp_path):
    from ai_edge_litert.tools import flatbuffer_utils

    path = converted(tmp_path / "network.tflite", enlarging)
    assert refused_by_gpu(path) == []
    model = flatbuffer_utils.read_model(str(path))
    model.subgraphs[0].operators[0].builtinOptions.alignCorners = True
    path.write_bytes(bytes(flatbuffer_utils.convert_object_to_bytearray(model)))
    (refused,) = refused_by_gpu(path)
    assert "aligned corners" in refused.reason
    assert str(refused).startswith("RESIZE_BILINEAR to 1 x 16 x 16 x 4")


def test_a_relu_up_to_one_is_refused(tmp_path):
    import tensorflow as tf
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    path = converted(tmp_path / "network.tflite", tf.nn.relu6)
    assert refused_by_gpu(path) == []
    model = flatbuffer_utils.read_model(str(path))
    code = model.operatorCodes[0]
    code.builtinCode, code.deprecatedBuiltinCode = schema.BuiltinOperator.RELU_0_TO_1, 127
    path.write_bytes(bytes(flatbuffer_utils.convert_object_to_bytearray(model)))
    (refused,) = refused_by_gpu(path)
    assert refused.kind == "RELU_0_TO_1"


@pytest.mark.slow
@pytest.mark.parametrize("preset", list_presets())
def test_a_gpu_takes_every_operator_of_the_presets(tmp_path, capsys, preset):
    path = tmp_path / "matting.tflite"
    main(["export", "--check", "gpu", "--weights", preset, "--size", "64", "-o", str(path)])
    assert capsys.readouterr().out.splitlines()[-1].startswith("GPU delegates: none of ")
    assert refused_by_gpu(path) == []


@pytest.mark.matrix
@pytest.mark.parametrize("quantization", ["float16", "dynamic", "int8"])
def test_a_gpu_takes_every_operator_of_quantized_presets(tmp_path, quantization):
    path = tmp_path / "matting.tflite"
    export_model(
        MattingNetwork.from_preset("indexnet_base"), path, quantization=quantization, input_size=(64, 64)
    )
    assert refused_by_gpu(path) == []


@pytest.mark.slow
def test_the_command_lists_refused_operators_and_tells_by_its_exit_code(exported, capsys):
    path, _ = exported("tflite")  # of free size
    refused = refused_by_gpu(path)
    with pytest.raises(IndexNetError, match=f"refuse {len(refused)} of 400 operators"):
        print_refused(refused, 400)
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(refused) > 100
    assert any("SHAPE to " in line and "do not have this operator" in line for line in printed)
    assert any("CONV_2D to 1 x " in line or "CONV_2D to free x " in line for line in printed)


def test_another_format_is_not_checked(capsys):
    with pytest.raises(SystemExit) as exited:
        main(["export", "--check", "gpu", "--format", "onnx"])
    assert exited.value.code == 2
    assert "--check gpu is for --format tflite, not for onnx." in capsys.readouterr().err


def test_another_file_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "matting.tflite"
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="is no TFLite file"):
        refused_by_gpu(path)
