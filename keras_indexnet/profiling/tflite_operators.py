import copy
import time
from dataclasses import dataclass
from math import prod

import numpy as np

from keras_indexnet.errors import IndexNetError
from keras_indexnet.export.tflite_graph import is_constant, is_of_free_size, kind_of, layer_of, read_graph
from keras_indexnet.given_numbers import MOST_THREADS, whole_number
from keras_indexnet.paths import StrPath

NO_TENSOR = -1  # of an input that an operator leaves out


@dataclass(frozen=True)
class OperatorTime:
    """One operator of a TFLite file and how long it takes when it runs alone."""

    kind: str
    output: str  # name of its first output tensor, which tells the layer
    output_shape: tuple[int, ...]
    seconds: float
    multiply_adds: int  # of convolutions; 0 of others

    @property
    def layer(self) -> str:
        """str, the Keras layer that made it, as far as the name tells."""
        return layer_of(self.output)


def operator_times(path: StrPath, runs: int = 5, threads: int = 2) -> list[OperatorTime]:
    """Time each operator of a TFLite file alone, in LiteRT with XNNPACK.

    LiteRT does not tell from Python how long operators take inside of a partition. So each is cut out of the
    file, with its constants, as a file of its own. Together they take longer than the whole: alone, an operator
    finds its inputs cold, and nothing is fused into it.

    Args:
        path: str or path of a `.tflite` file of fixed size.
        runs: int; the median of so many counts.
        threads: int.

    Returns:
        List of `OperatorTime`, in the order of the file.

    Raises:
        ValueError: if the file's size is free, since its operators have no shapes then.
        ImportError: if LiteRT is not installed (extra `litert`).

    Example:

    ```python
    slowest = max(operator_times("matting.tflite"), key=lambda operator: operator.seconds)
    ```
    """
    runs, threads = whole_number(runs, "runs"), whole_number(threads, "threads", most=MOST_THREADS)
    model = read_file(path)
    graph = model.subgraphs[0]
    unpacking = _unpacking_of_constants(model)
    times = []
    for operator in graph.operators:
        if operator in unpacking.values():
            continue  # part of the operator that reads the constant
        kind = kind_of(model, operator)
        output = graph.tensors[operator.outputs[0]]
        shape = tuple(int(side) for side in output.shape)
        before = [unpacking[tensor] for tensor in operator.inputs if tensor in unpacking]
        seconds = _median_seconds(_cut_out(model, [*before, operator]), runs, threads)
        name = output.name.decode()
        times.append(OperatorTime(kind, name, shape, seconds, _multiply_adds(kind, graph, operator, shape)))
    return times


def read_file(path):
    """Read what a TFLite file of fixed size consists of, as objects of LiteRT's schema."""
    model = read_graph(path, "Timing operators")
    if any(map(is_of_free_size, model.subgraphs[0].tensors)):
        raise IndexNetError(
            f"{path} is of free size; its operators are timed where --size of the export is fixed."
        )
    return model


def _unpacking_of_constants(model):
    """Return the operators that enlarge float16 constants, by their output tensors."""
    graph = model.subgraphs[0]
    return {
        int(operator.outputs[0]): operator
        for operator in graph.operators
        if len(operator.inputs) == 1 and is_constant(model, graph.tensors[operator.inputs[0]])
    }


def _cut_out(model, operators):
    """Return a file of these operators alone; the last one gives its output."""
    graph = model.subgraphs[0]
    made = {int(tensor) for operator in operators for tensor in operator.outputs}
    read = {int(tensor) for operator in operators for tensor in operator.inputs} - {NO_TENSOR}
    tensors = sorted(made | read)
    new_number = {tensor: number for number, tensor in enumerate(tensors)} | {NO_TENSOR: NO_TENSOR}

    cut = copy.copy(model)
    cut.metadata = cut.metadataBuffer = cut.signatureDefs = None
    cut.buffers = [model.buffers[0], *(model.buffers[graph.tensors[tensor].buffer] for tensor in tensors)]
    part = copy.copy(graph)
    part.tensors = [copy.copy(graph.tensors[tensor]) for tensor in tensors]
    for number, tensor in enumerate(part.tensors):
        tensor.buffer = number + 1
    part.operators = [copy.copy(operator) for operator in operators]
    for operator in part.operators:
        operator.inputs = [new_number[int(tensor)] for tensor in operator.inputs]
        operator.outputs = [new_number[int(tensor)] for tensor in operator.outputs]
    variable = [tensor for tensor in sorted(read - made) if not is_constant(model, graph.tensors[tensor])]
    part.inputs = [new_number[tensor] for tensor in variable]
    part.outputs = part.operators[-1].outputs
    cut.subgraphs = [part]
    return _packed(cut)


def _packed(model):
    import flatbuffers

    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _median_seconds(content, runs, threads):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content, num_threads=threads)
    interpreter.allocate_tensors()
    rng = np.random.default_rng(0)
    for entry in interpreter.get_input_details():
        values = rng.uniform(0.0, 1.0, entry["shape"])
        interpreter.set_tensor(entry["index"], values.astype(entry["dtype"]))
    seconds = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        interpreter.invoke()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds[1:]))  # the first one reserves memory


def _multiply_adds(kind, graph, operator, output_shape):
    if kind not in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
        return 0
    kernel = [int(side) for side in graph.tensors[operator.inputs[1]].shape]
    if kind == "DEPTHWISE_CONV_2D":  # 1, height, width, channels
        return prod(output_shape) * prod(kernel[1:3])
    return prod(output_shape) * prod(kernel[1:])
