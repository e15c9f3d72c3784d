"""One class for each runtime: it opens a file, says what it takes, gives and consists of, and runs a batch."""

import importlib.metadata
from collections import Counter
from pathlib import Path

import numpy as np

THREADS = 2


class LiteRT:
    """A TFLite file in LiteRT, with XNNPACK.

    Args:
        path: str or path of the file.
        threads: int.
    """

    def __init__(self, path, threads=THREADS):
        from ai_edge_litert.interpreter import Interpreter

        self.interpreter = Interpreter(model_path=str(path), num_threads=threads)
        (self.signature,) = self.interpreter.get_signature_list().values()
        self.version = importlib.metadata.version("ai-edge-litert")

    def run(self, inputs):
        """Run a batch, a float32 array, and return the output."""
        (entry,) = self.interpreter.get_input_details()
        if tuple(entry["shape"]) != inputs.shape:
            self.interpreter.resize_tensor_input(entry["index"], inputs.shape)
        self.interpreter.allocate_tensors()
        self.interpreter.set_tensor(entry["index"], inputs)
        self.interpreter.invoke()
        (output,) = self.interpreter.get_output_details()
        return self.interpreter.get_tensor(output["index"])

    def inputs(self):
        """Return names and types of the inputs, a dict."""
        return self._described("inputs", self.interpreter.get_input_details())

    def outputs(self):
        """Return names and types of the outputs, a dict."""
        return self._described("outputs", self.interpreter.get_output_details())

    def operators(self):
        """Return the number of each operator, a Counter, with the partitions of the delegate as `DELEGATE`."""
        self.interpreter.allocate_tensors()
        # LiteRT has no public list of the operators after delegation.
        return Counter(operator["op_name"] for operator in self.interpreter._get_ops_details())

    def _described(self, kind, details):
        shapes = ([None if side < 0 else int(side) for side in entry["shape_signature"]] for entry in details)
        types = (np.dtype(entry["dtype"]).name for entry in details)
        return {
            name: _described(type, shape)
            for name, type, shape in zip(self.signature[kind], types, shapes, strict=True)
        }


class ONNXRuntime:
    """An ONNX file in ONNX Runtime, on the CPU.

    Args:
        path: str or path of the file.
        threads: int.
    """

    def __init__(self, path, threads=THREADS):
        import onnx
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.graph = onnx.load(path).graph
        self.version = onnxruntime.__version__

    def run(self, inputs):
        """Run a batch, a float32 array, and return the output."""
        (entry,) = self.session.get_inputs()
        (output,) = self.session.run(None, {entry.name: inputs})
        return output

    def inputs(self):
        """Return names and types of the inputs, a dict."""
        return self._described(self.session.get_inputs())

    def outputs(self):
        """Return names and types of the outputs, a dict."""
        return self._described(self.session.get_outputs())

    def operators(self):
        """Return the number of each operator, a Counter."""
        return Counter(node.op_type for node in self.graph.node)

    def _described(self, entries):
        return {
            entry.name: _described("float32", [side if isinstance(side, int) else None for side in entry.shape])
            for entry in entries
        }


class SavedModel:
    """A SavedModel in TensorFlow, without Keras.

    Args:
        path: str or path of the folder.
        threads: ignored; TensorFlow's threads are the process's.
    """

    def __init__(self, path, threads=None):
        import tensorflow as tf

        self.loaded = tf.saved_model.load(str(path))
        self.signature = self.loaded.signatures["serving_default"]
        self.version = tf.__version__

    def run(self, inputs):
        """Run a batch, a float32 array, and return the output."""
        import tensorflow as tf

        (name,) = self.inputs()
        (output,) = self.signature(**{name: tf.constant(inputs)}).values()
        return output.numpy()

    def inputs(self):
        """Return names and types of the inputs, a dict."""
        return self._described(self.signature.structured_input_signature[1])

    def outputs(self):
        """Return names and types of the outputs, a dict."""
        return self._described(self.signature.structured_outputs)

    def operators(self):
        """Return the number of each operator, a Counter, constants and identities left out."""
        library = self.signature.graph.as_graph_def().library.function
        operators = Counter(node.op for function in library for node in function.node_def)
        bookkeeping = ("Const", "Identity", "NoOp", "PartitionedCall", "StatefulPartitionedCall")
        return Counter({name: count for name, count in operators.items() if name not in bookkeeping})

    def _described(self, specs):
        return {name: _described(spec.dtype.name, spec.shape.as_list()) for name, spec in specs.items()}


def open_exported(path, threads=THREADS):
    """Open an exported file in its own runtime.

    Args:
        path: str or path of a `.tflite` or `.onnx` file or of the folder of a SavedModel.
        threads: int, of LiteRT and ONNX Runtime.

    Returns:
        `LiteRT`, `ONNXRuntime` or `SavedModel`: `run(inputs)` runs a batch.

    Example:

    ```python
    alpha = open_exported("matting.tflite").run(image_and_trimap)
    ```
    """
    runtime = {".tflite": LiteRT, ".onnx": ONNXRuntime}.get(Path(path).suffix, SavedModel)
    return runtime(path, threads)


def _described(dtype, shape):
    return {"dtype": dtype, "shape": list(shape)}
