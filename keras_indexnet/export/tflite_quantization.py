import contextlib
import io
import re
import warnings

import numpy as np

from keras_indexnet.errors import IndexNetError
from keras_indexnet.export.inference_graph import SIGNATURE

# Kernels by the share that the larger ones hold of all values. A few small kernels and the biases decide about
# precision (docs/use/export.md has the measurement), and the few large ones about the size of the file.
HALF_PRECISION_SHARE = 0.995
EIGHT_BIT_SHARE = 0.4
# What "int8" leaves in float32, by the names of a matting network's layers: its first stages, whose rounding
# errors all that follows enlarges, and the head, so that alpha has more than 256 levels.
# Divisions, the ends of the index blocks' softmax, stay float32 everywhere: in 8 bits LiteRT does them outside
# of XNNPACK, which took twice as long as all other operators together.
FLOAT_LAYERS = "normalize|encoder_stage_[01]_|head_|/alpha|clip_by_value|PartitionedCall"


def quantize_tflite(content, graph, quantization, samples):
    """Store the weights of a float32 TFLite file in fewer bits, or compute in 8 bits.

    * `"float16"`: the kernels of convolutions, from the largest down to where 99.5 % of all values are reached,
      in 16 bits. What is left, with the depthwise kernels and the biases, is small and stays in 32.
    * `"dynamic"`: the largest kernels, two fifths of all values, in 8 bits, a scale for each output channel;
      the others as for `"float16"`. The file computes in float32.
    * `"int8"`: weights and activations in 8 bits, but for a matting network's first stages and its head, and
      all divisions, which stay float32 like the file's input and output.

    Args:
        content: bytes of the float32 file.
        graph: `InferenceGraph` that it was made from.
        quantization: str.
        samples: iterable of inputs, arrays of the graph's shape and type, from which `"int8"` learns the range
            of each activation.

    Returns:
        bytes.

    Raises:
        ValueError: if the model has no convolution, or `"int8"` has no samples.
    """
    from ai_edge_quantizer import quantizer
    from ai_edge_quantizer.calibrator import CalibrationMode

    quantizer = quantizer.Quantizer(bytearray(content))
    ranges = None
    if quantization == "int8":
        _add_integer_recipe(quantizer)
        inputs = [{graph.input_name: sample} for sample in samples]
        if not inputs:
            raise IndexNetError("There is no photograph to calibrate on.")
        with _silence():
            ranges = quantizer.calibrate(
                {SIGNATURE: inputs}, num_threads=2, mode=CalibrationMode.CALIBRATION_PROFILER_BASED
            )
    else:
        _add_weights_recipe(quantizer, content, EIGHT_BIT_SHARE if quantization == "dynamic" else 0.0)
    if not quantizer.get_quantization_recipe():
        raise IndexNetError(f"The model has no convolution, whose kernel {quantization!r} would make smaller.")
    with _silence():
        result = quantizer.quantize(ranges, enable_progress_bar=False, enable_progress_report=False)
    return bytes(result.quantized_model)


def _add_integer_recipe(quantizer):
    from ai_edge_quantizer.algorithm_manager import AlgorithmName
    from ai_edge_quantizer.qtyping import TFLOperationName

    quantizer.add_static_config(".*", TFLOperationName.ALL_SUPPORTED, activation_num_bits=8, weight_num_bits=8)
    for end in (TFLOperationName.INPUT, TFLOperationName.OUTPUT, TFLOperationName.DIV):
        quantizer.update_quantization_recipe(".*", end, algorithm_key=AlgorithmName.NO_QUANTIZE)
    quantizer.update_quantization_recipe(
        FLOAT_LAYERS, TFLOperationName.ALL_SUPPORTED, algorithm_key=AlgorithmName.NO_QUANTIZE
    )


def _add_weights_recipe(quantizer, content, eight_bit_share):
    from ai_edge_quantizer.algorithm_manager import AlgorithmName
    from ai_edge_quantizer.qtyping import QuantGranularity, TFLOperationName

    kernels = _kernels(content)
    total, seen = sum(kernels.values()), 0
    for name, values in sorted(kernels.items(), key=lambda kernel: -kernel[1]):
        regex, convolution = f"^{re.escape(name)}", TFLOperationName.CONV_2D
        if seen < eight_bit_share * total:
            # Rounding the inputs of these convolutions as well, as LiteRT's dynamic range quantization does,
            # multiplies the error by three to five, past its bound, for a tenth of the time.
            quantizer.add_weight_only_config(regex, convolution, num_bits=8)
        elif seen < HALF_PRECISION_SHARE * total:
            quantizer.add_weight_only_config(
                regex,
                convolution,
                num_bits=16,
                granularity=QuantGranularity.TENSORWISE,
                algorithm_key=AlgorithmName.FLOAT_CASTING,
            )
        seen += values


def _kernels(content):
    """Return the number of values of the kernel of each convolution, by the name of its output."""
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    (subgraph,) = model.subgraphs
    kernels = {}
    for operator in subgraph.operators:
        if flatbuffer_utils.opcode_to_name(model, operator.opcodeIndex) == "CONV_2D":
            name = subgraph.tensors[operator.outputs[0]].name.decode()
            kernels[name] = int(np.prod(subgraph.tensors[operator.inputs[1]].shape))
    return kernels


@contextlib.contextmanager
def _silence():
    """Keep the quantizer's progress bars and hints for debugging away."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield
