import os
from collections import Counter

import numpy as np

NUMPY_NAMES = {"float": "float32", "double": "float64"}  # ONNX Runtime's other names are NumPy's


class ONNXRuntime:
    """An ONNX file in ONNX Runtime, on the CPU.

    Args:
        path: str or path of the file.
        threads: int.
    """

    modules = ("onnx", "onnxruntime")

    def __init__(self, path: str | os.PathLike[str], threads: int) -> None:
        import onnx
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4  # what it says of an error, the exception says, too
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.graph = onnx.load(path).graph
        self.version = onnxruntime.__version__

    def run(self, inputs: np.ndarray) -> np.ndarray:
        """Run a batch, an array of the input's type, and return the output."""
        (entry,) = self.session.get_inputs()
        (output,) = self.session.run(None, {entry.name: inputs})
        return output

    def inputs(self) -> dict[str, dict]:
        """Return names and types of the inputs, a dict."""
        return self._described(self.session.get_inputs())

    def outputs(self) -> dict[str, dict]:
        """Return names and types of the outputs, a dict."""
        return self._described(self.session.get_outputs())

    def operators(self) -> Counter[str]:
        """Return the number of each operator, a Counter."""
        return Counter(node.op_type for node in self.graph.node)

    def _described(self, entries):
        shapes = ([side if isinstance(side, int) else None for side in entry.shape] for entry in entries)
        types = (entry.type.removeprefix("tensor(").removesuffix(")") for entry in entries)
        return {
            entry.name: {"dtype": NUMPY_NAMES.get(type, type), "shape": shape}
            for entry, type, shape in zip(entries, types, shapes, strict=True)
        }
