import importlib.metadata
import os
import threading
from collections import Counter

import numpy as np


class LiteRT:
    """A TFLite file in LiteRT, with XNNPACK. Threads may share it: they run one after the other.

    Args:
        path: str or path of the file.
        threads: int.
    """

    modules = ("ai_edge_litert.interpreter",)

    def __init__(self, path: str | os.PathLike[str], threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self.interpreter = Interpreter(model_path=str(path), num_threads=threads)
        (self.signature,) = self.interpreter.get_signature_list().values()
        self.one_at_a_time = threading.Lock()  # the interpreter's tensors are those of the last batch
        self.version = importlib.metadata.version("ai-edge-litert")

    def run(self, inputs: np.ndarray) -> np.ndarray:
        """Run a batch, an array of the input's type, and return the output."""
        with self.one_at_a_time:
            (entry,) = self.interpreter.get_input_details()
            if tuple(entry["shape"]) != inputs.shape:
                self.interpreter.resize_tensor_input(entry["index"], inputs.shape)
            self.interpreter.allocate_tensors()
            self.interpreter.set_tensor(entry["index"], inputs)
            self.interpreter.invoke()
            (output,) = self.interpreter.get_output_details()
            return self.interpreter.get_tensor(output["index"])

    def inputs(self) -> dict[str, dict]:
        """Return names and types of the inputs, a dict."""
        return self._described("inputs", self.interpreter.get_input_details())

    def outputs(self) -> dict[str, dict]:
        """Return names and types of the outputs, a dict."""
        return self._described("outputs", self.interpreter.get_output_details())

    def operators(self) -> Counter[str]:
        """Return the number of each operator, a Counter, with the partitions of the delegate as `DELEGATE`."""
        self.interpreter.allocate_tensors()
        # LiteRT has no public list of the operators after delegation.
        return Counter(operator["op_name"] for operator in self.interpreter._get_ops_details())

    def _described(self, kind, details):
        shapes = ([None if side < 0 else int(side) for side in entry["shape_signature"]] for entry in details)
        types = (np.dtype(entry["dtype"]).name for entry in details)
        return {
            name: {"dtype": type, "shape": shape}
            for name, type, shape in zip(self.signature[kind], types, shapes, strict=True)
        }
