"""What LiteRT's GPU delegates refuse in a TFLite file, by the rules of their source.

The rules are those that `CheckGpuDelegateCompatibility` and `GetOpsToReplace` apply, in LiteRT's files
`tflite/tools/versioning/gpu_compatibility.cc` and `tflite/delegates/gpu/common/model_builder.cc`. The analyzers
in the packages of LiteRT and TensorFlow are built without them and find every file compatible.
"""

from dataclasses import dataclass

import numpy as np

from keras_indexnet.export.tflite_graph import is_constant, is_of_free_size, kind_of, layer_of, read_graph
from keras_indexnet.paths import StrPath

MOST_AXES = 4
COMPARISONS = {"EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "NOT_EQUAL"}
REDUCTIONS = {"MEAN", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD", "SUM"}
PADDINGS = {"MIRROR_PAD", "PAD", "PADV2"}
RESIZINGS = {"RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"}
# What all versions of the delegate take; the latest ones also take a few others, such as RELU_0_TO_1.
# fmt: off
SUPPORTED = COMPARISONS | REDUCTIONS | PADDINGS | RESIZINGS | {
    "ABS", "ADD", "ADD_N", "AVERAGE_POOL_2D", "BATCH_MATMUL", "CAST", "CONCATENATION", "CONV_2D", "COS",
    "CUMSUM", "DENSIFY", "DEPTHWISE_CONV_2D", "DEPTH_TO_SPACE", "DEQUANTIZE", "DIV", "ELU", "EXP", "FLOOR",
    "FLOOR_DIV", "FLOOR_MOD", "FULLY_CONNECTED", "GATHER", "GELU", "HARD_SWISH", "LEAKY_RELU", "LOG",
    "LOGICAL_AND", "LOGISTIC", "LSTM", "MAXIMUM", "MAX_POOL_2D", "MINIMUM", "MUL", "NEG", "ONE_HOT", "PACK",
    "POW", "PRELU", "QUANTIZE", "RELU", "RELU6", "RELU_N1_TO_1", "RESHAPE", "RSQRT", "SELECT", "SELECT_V2",
    "SIGN", "SIN", "SLICE", "SOFTMAX", "SPACE_TO_DEPTH", "SPLIT", "SPLIT_V", "SQRT", "SQUARE",
    "SQUARED_DIFFERENCE", "STRIDED_SLICE", "SUB", "TANH", "TILE", "TRANSPOSE", "TRANSPOSE_CONV",
}
# fmt: on
# Operators whose other inputs, such as shape, permutation or axes, must be in the file.
OF_ONE_INPUT = REDUCTIONS | PADDINGS | RESIZINGS | {"RESHAPE", "TILE", "TRANSPOSE"}
# Of tensors that are computed. Some operators take and give others.
TYPES = {"FLOAT16", "FLOAT32", "INT8", "UINT8"}
TYPES_TAKEN = {
    "CAST": {"BOOL", "INT32"},
    "GATHER": {"INT32"},
    "LOGICAL_AND": {"BOOL"},
    "ONE_HOT": {"INT32"},
    "SELECT": {"BOOL"},
    "SELECT_V2": {"BOOL"},
}
TYPES_GIVEN = {"CAST": {"BOOL", "INT32"}} | dict.fromkeys(COMPARISONS | {"LOGICAL_AND"}, {"BOOL"})


@dataclass(frozen=True)
class RefusedOperator:
    """An operator of a TFLite file that a GPU delegate leaves to the CPU."""

    kind: str
    output: str  # name of its first output tensor, which tells the layer
    output_shape: tuple[int, ...]  # -1 where it is free
    reason: str

    def __str__(self) -> str:
        shape = " x ".join("free" if side < 0 else str(side) for side in self.output_shape)
        return f"{self.kind} to {shape or 'a scalar'}, {layer_of(self.output)}: {self.reason}"


def refused_by_gpu(path: StrPath) -> list[RefusedOperator]:
    """List the operators of a TFLite file that LiteRT's GPU delegates refuse, from their published rules.

    Nothing is run, and no GPU is needed. Versions of operators and what drivers lack are not looked at.

    Args:
        path: str or path of a `.tflite` file.

    Returns:
        List of `RefusedOperator`, in the order of the file, an operator once: for the first reason.

    Raises:
        ValueError: if it is no TFLite file.
        OSError: if it cannot be read.
        ImportError: if LiteRT is not installed (extra `litert`).

    Example:

    ```python
    for operator in refused_by_gpu("matting.tflite"):
        print(operator)
    ```
    """
    model = read_graph(path, "Checking operators")
    refused = []
    for graph in model.subgraphs:
        for operator in graph.operators:
            kind = kind_of(model, operator)
            reason = _reason(model, graph, operator, kind)
            if reason is not None:
                output = graph.tensors[operator.outputs[0]]
                shape = output.shape if output.shapeSignature is None else output.shapeSignature
                refused.append(
                    RefusedOperator(kind, output.name.decode(), tuple(map(int, _sides(shape))), reason)
                )
    return refused


def _reason(model, graph, operator, kind):
    """Return why an operator is refused, None if it is not."""
    if kind not in SUPPORTED:
        return "the delegates do not have this operator"
    read = [graph.tensors[number] for number in operator.inputs if number >= 0]
    made = [graph.tensors[number] for number in operator.outputs]
    computed = [tensor for tensor in read if not is_constant(model, tensor)]
    if any(map(is_of_free_size, (*read, *made))):
        return "its size is free, and the delegates take fixed sizes"
    most = max(len(_sides(tensor.shape)) for tensor in (*read, *made))
    if most > MOST_AXES:
        return f"it has a tensor of {most} axes, and the delegates take at most {MOST_AXES}"
    for tensors, others in ((computed, TYPES_TAKEN), (made, TYPES_GIVEN)):
        for name in map(_type, tensors):
            if name not in TYPES | others.get(kind, set()):
                return f"it computes with {name}"
    if kind in OF_ONE_INPUT and len(computed) > 1:
        return "the delegates take one computed input; size, axes and the like must be constant"
    rule = RULES.get(kind)
    return rule(operator.builtinOptions, read, made) if rule else None


def _resizing(options, read, made):
    if options.alignCorners and options.halfPixelCenters:
        return "half-pixel centres together with aligned corners"
    return None


def _slice(options, read, made):
    return None if len(_sides(read[0].shape)) in (3, 4) else "it slices a tensor of other than 3 or 4 axes"


def _strided_slice(options, read, made):
    if options.ellipsisMask or options.newAxisMask or options.shrinkAxisMask:
        return "it adds or removes an axis, or uses an ellipsis"
    return _slice(options, read, made)


def _padding(options, read, made):
    return None if tuple(read[1].shape) in ((3, 2), (4, 2)) else "it pads a tensor of other than 3 or 4 axes"


def _mirror_padding(options, read, made):
    from ai_edge_litert import schema_py_generated as schema

    if options.mode != schema.MirrorPadMode.REFLECT:
        return "it repeats the border pixels, and the delegates mirror without them"
    return _padding(options, read, made)


def _softmax(options, read, made):
    return None if options.beta == 1 else "a softmax whose beta is not 1"


def _addition(options, read, made):
    first, second = (_sides(tensor.shape) for tensor in read)
    ranks = {len(first), len(second)}
    if len(ranks) == 2 and min(ranks) > 1 and not _is_broadcast(*sorted((first, second), key=len)):
        return f"it joins tensors of {_written(first)} and {_written(second)}"
    return None


def _is_broadcast(shorter, longer):
    if len(longer) != MOST_AXES:
        return False
    if len(shorter) == 3:
        return longer[0] == 1
    return longer[0] == 1 and shorter == [1, 1] or shorter == [longer[0], longer[3]]


def _product(options, read, made):
    first, second = (_sides(tensor.shape) for tensor in read)
    if len(first) != len(second):
        return _addition(options, read, made)
    if (np.less(first, second)).any() and (np.less(second, first)).any():
        return f"it enlarges both of its inputs, {_written(first)} and {_written(second)}"
    return None


def _depthwise(options, read, made):
    if options.depthMultiplier != 1 and read[0].shape[-1] != 1:
        return f"a depth multiplier of {options.depthMultiplier} for more than one channel"
    return None


def _gather(options, read, made):
    if _type(read[0]) == "INT32":
        return "it gathers whole numbers"
    if len(_sides(read[1].shape)) != 1 or _type(read[1]) != "INT32":
        return "its indices are not a list of INT32"
    return None


def _block(options, read, made):
    return "a block size of 1" if options.blockSize == 1 else None


RULES = {
    "ADD": _addition,
    "DEPTHWISE_CONV_2D": _depthwise,
    "DEPTH_TO_SPACE": _block,
    "GATHER": _gather,
    "MIRROR_PAD": _mirror_padding,
    "MUL": _product,
    "PAD": _padding,
    "PADV2": _padding,
    "RESIZE_BILINEAR": _resizing,
    "SLICE": _slice,
    "SOFTMAX": _softmax,
    "SPACE_TO_DEPTH": _block,
    "STRIDED_SLICE": _strided_slice,
}


def _sides(shape):
    return [] if shape is None else list(shape)


def _written(shape):
    return " x ".join(map(str, shape)) or "a scalar"


def _type(tensor):
    from ai_edge_litert import schema_py_generated as schema

    return next(name for name, number in vars(schema.TensorType).items() if number == tensor.type)
