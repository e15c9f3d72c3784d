import atexit
import contextlib
import functools
import importlib.metadata
import os
import threading
from collections import Counter
from collections.abc import Iterator

import numpy as np

# XNNPACK's defaults (8-bit operators and fully connected layers of computed weights), which flags replace, and
# 0x20: pointers to the pixels under a kernel are made for each convolution when it runs, not kept for all.
XNNPACK_FLAGS = 0x1 | 0x2 | 0x8 | 0x20
HALF_FLAG = 0x4  # all arithmetic in 16 bits


class LiteRT:
    """A TFLite file in LiteRT, with XNNPACK. Threads may share it: they run one after the other.

    A file of fixed size runs in LiteRT's `CompiledModel`, in about half the memory of its `Interpreter`. That
    one describes the file, and runs it where the size is free or another one than the file's own.

    Args:
        path: str or path of the file.
        threads: int.
        half: bool, whether a file of fixed size computes in 16 bits, as one whose weights are float16 does on a
            chip that can, such as those of phones. An x86 chip does so with AVX2, in more time.
    """

    modules = ("ai_edge_litert.interpreter",)

    def __init__(self, path: str | os.PathLike[str], threads: int, half: bool = False) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self.interpreter = Interpreter(model_path=str(path), num_threads=threads)
        (self.signature,) = self.interpreter.get_signature_list().values()
        self.one_at_a_time = threading.Lock()  # the tensors are those of the last batch
        self.version = importlib.metadata.version("ai-edge-litert")
        is_compiled = _can_be_compiled(self.interpreter)
        flags = XNNPACK_FLAGS | (HALF_FLAG if half else 0)
        self.compiled = _Compiled(path, threads, flags, self.interpreter) if is_compiled else None

    def run(self, inputs: np.ndarray) -> np.ndarray:
        """Run a batch, an array of the input's type, and return the output."""
        with self.one_at_a_time:
            if self.compiled is not None and self.compiled.takes(inputs):
                return self.compiled.run(inputs)
            (entry,) = self.interpreter.get_input_details()
            if tuple(entry["shape"]) != inputs.shape:
                self.interpreter.resize_tensor_input(entry["index"], inputs.shape)
            self.interpreter.allocate_tensors()
            self.interpreter.set_tensor(entry["index"], inputs)
            self.interpreter.invoke()
            (output,) = self.interpreter.get_output_details()
            return self.interpreter.get_tensor(output["index"])

    def can_run(self) -> bool:
        """Whether the chip has the arithmetic that is asked for, and the file a fixed size."""
        if self.compiled is None:
            return False
        try:
            self.compiled.run(np.zeros(self.compiled.input_shape, np.float32))
        except RuntimeError:
            return False
        return True

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


def _can_be_compiled(interpreter):
    # With a tensor of free size CompiledModel ends in a segmentation fault (LiteRT 2.3), and its buffers do not
    # hold every type.
    details = [*interpreter.get_input_details(), *interpreter.get_output_details()]
    tensors = interpreter.get_tensor_details()
    return (
        len(details) == 2
        and all(entry["dtype"] == np.float32 for entry in details)
        and all((tensor["shape_signature"] >= 0).all() for tensor in tensors)
    )


class _Compiled:
    """A file of fixed size in `CompiledModel`, which is made when it first runs: describing a file is cheap."""

    def __init__(self, path, threads, flags, interpreter):
        self.path, self.threads, self.flags = str(path), threads, flags
        ((self.input_shape,), (self.output_shape,)) = (
            [tuple(map(int, entry["shape"])) for entry in details]
            for details in (interpreter.get_input_details(), interpreter.get_output_details())
        )
        self.model = None

    def takes(self, inputs):
        return inputs.shape == self.input_shape and inputs.dtype == np.float32

    def run(self, inputs):
        # The first buffer that is written to looks for accelerators once more.
        with _quiet() if self.model is None else contextlib.nullcontext():
            if self.model is None:
                self._open()
            self.read.write(np.ascontiguousarray(inputs))
        self.model.run_by_index(0, [self.read], [self.written])
        return self.written.read(int(np.prod(self.output_shape)), np.float32).reshape(self.output_shape)

    def _open(self):
        from ai_edge_litert.compiled_model import CompiledModel
        from ai_edge_litert.cpu_options import CpuOptions
        from ai_edge_litert.hardware_accelerator import HardwareAccelerator
        from ai_edge_litert.options import Options

        options = Options(
            hardware_accelerators=HardwareAccelerator.CPU,
            cpu_options=CpuOptions(num_threads=self.threads, xnnpack_flags=self.flags),
        )
        self.model = CompiledModel.from_file(self.path, environment=_environment(), options=options)
        (self.read,), (self.written,) = self.model.create_input_buffers(0), self.model.create_output_buffers(0)


@functools.cache
def _environment():
    import ai_edge_litert
    from ai_edge_litert.environment import Environment, EnvironmentOptions

    atexit.register(_silence)  # LiteRT's last words are of accelerators again
    (folder,) = ai_edge_litert.__path__
    return Environment.create(options=EnvironmentOptions(runtime_path=folder))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep away what LiteRT writes of accelerators that it looks for; Python has no option for that."""
    kept = os.dup(2)
    try:
        _silence()
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _silence():
    file = os.open(os.devnull, os.O_WRONLY)
    os.dup2(file, 2)
    os.close(file)
