import os
from collections import Counter

import numpy as np


class SavedModel:
    """A SavedModel in TensorFlow, without Keras.

    Args:
        path: str or path of the folder.
        threads: ignored; TensorFlow's threads are the process's.
    """

    modules = ("tensorflow",)

    def __init__(self, path: str | os.PathLike[str], threads: int) -> None:
        import tensorflow as tf

        self.loaded = tf.saved_model.load(str(path))
        self.signature = self.loaded.signatures["serving_default"]
        self.version = tf.__version__

    def run(self, inputs: np.ndarray) -> np.ndarray:
        """Run a batch, an array of the input's type, and return the output."""
        import tensorflow as tf

        (name,) = self.inputs()
        (output,) = self.signature(**{name: tf.constant(inputs)}).values()
        return output.numpy()

    def inputs(self) -> dict[str, dict]:
        """Return names and types of the inputs, a dict."""
        return self._described(self.signature.structured_input_signature[1])

    def outputs(self) -> dict[str, dict]:
        """Return names and types of the outputs, a dict."""
        return self._described(self.signature.structured_outputs)

    def operators(self) -> Counter[str]:
        """Return the number of each operator, a Counter, constants and identities left out."""
        library = self.signature.graph.as_graph_def().library.function
        operators = Counter(node.op for function in library for node in function.node_def)
        bookkeeping = ("Const", "Identity", "NoOp", "PartitionedCall", "StatefulPartitionedCall")
        return Counter({name: count for name, count in operators.items() if name not in bookkeeping})

    def _described(self, specs):
        return {name: {"dtype": spec.dtype.name, "shape": spec.shape.as_list()} for name, spec in specs.items()}
