"""One class for each runtime: it opens a file, says what it takes, gives and consists of, and runs a batch.

Each file stands alone, without imports from this package: `profiling.measure` runs it in a process that shall
hold nothing but the runtime.
"""

from keras_indexnet.export.runtimes.litert import LiteRT
from keras_indexnet.export.runtimes.onnx_runtime import ONNXRuntime
from keras_indexnet.export.runtimes.savedmodel import SavedModel

__all__ = ["LiteRT", "ONNXRuntime", "Runtime", "SavedModel"]

Runtime = LiteRT | ONNXRuntime | SavedModel
