from keras_indexnet.errors import IndexNetError
from keras_indexnet.export.metadata import DESCRIPTION, metadata_json
from keras_indexnet.export.operator_order import order_depth_first
from keras_indexnet.export.tflite_quantization import quantize_tflite

METADATA = b"keras_indexnet"  # name of the entry in the file
# LiteRT's own entry: XNNPACK may compute in 16 bits, and sum in 16, where the chip can. Weights of a file that
# has it need not be more exact.
HALF = b"reduced_precision_support", "fp16accfp16"
HALF_QUANTIZATIONS = ("float16", "dynamic")


def write_tflite(graph, path, quantization=None, samples=()):
    """Write a TFLite file, which says in its description and metadata what it takes and gives.

    Args:
        graph: `InferenceGraph`.
        path: path ending in `.tflite`.
        quantization: None, `"float16"`, `"dynamic"` or `"int8"`.
        samples: iterable of inputs, arrays of the graph's shape and type, for `"int8"`.

    Raises:
        ValueError: if the model has an operator that LiteRT does not have, or cannot be quantized.
    """
    _export(graph, path)
    content = path.read_bytes()
    if quantization is not None:
        content = quantize_tflite(content, graph, quantization, samples)
    path.write_bytes(_ordered_with_metadata(content, graph, quantization))


def _export(graph, path):
    import tensorflow as tf

    # Keras also admits Flex operators, which LiteRT on a phone does not run; here they are an error.
    only_builtins = {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]}
    try:
        graph.as_model().export(
            path,
            format="litert",
            verbose=False,
            input_signature=[graph.input_spec()],
            target_spec=only_builtins,
        )
    except OSError:
        raise
    except Exception as error:  # the converter's errors have no common class
        raise IndexNetError(f"The model cannot be written as TFLite: {str(error).splitlines()[0]}") from error


def _ordered_with_metadata(content, graph, quantization):
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    order_depth_first(model)
    if graph.is_matting:
        model.description = DESCRIPTION.encode()
    entries = {METADATA: metadata_json(graph, quantization)}
    if quantization in HALF_QUANTIZATIONS:
        entries |= dict([HALF])
    for name, text in entries.items():
        buffer = schema.BufferT()
        buffer.data = text.encode()
        entry = schema.MetadataT()
        entry.name, entry.buffer = name, len(model.buffers)
        model.buffers.append(buffer)
        model.metadata = [*(model.metadata or []), entry]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))
