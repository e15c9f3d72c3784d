"""The formats of exported files, one row each: all that this package knows of a format stands here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from keras_indexnet.errors import IndexNetError
from keras_indexnet.export.onnx import write_onnx
from keras_indexnet.export.runtimes import LiteRT, ONNXRuntime, Runtime, SavedModel
from keras_indexnet.export.savedmodel import write_savedmodel
from keras_indexnet.export.savedmodel_operators import refuse_program
from keras_indexnet.export.tflite import write_tflite
from keras_indexnet.given_numbers import MOST_THREADS, whole_number
from keras_indexnet.models.preset_folder import is_preset_folder
from keras_indexnet.optional import required
from keras_indexnet.paths import StrPath

THREADS = 2


@dataclass(frozen=True)
class Format:
    """A format of exported files: how they are told, written and run, and what that needs."""

    name: str  # in code and commands
    title: str  # in sentences
    suffix: str  # of the files' names; "" where it is a folder
    write: Callable  # (graph, path), and if it quantizes: (graph, path, quantization, calibration inputs)
    runtime: type[Runtime]  # one of `export.runtimes`
    extra: str | None = None  # of this package, which brings the modules; None: TensorFlow is all it takes
    modules: tuple[str, ...] = ()  # to write and to run it; their packages have the same names
    quantizations: tuple[str, ...] = ()  # besides none
    quantizing_modules: tuple[str, ...] = ()  # for these
    refuse: Callable | None = None  # (path): raises what to say of a file that nobody trusts; None: it is data

    @property
    def is_folder(self) -> bool:
        """bool, whether it is a folder rather than a file."""
        return not self.suffix

    @property
    def requirement(self) -> str:
        """str, what pip installs to write and to run it."""
        return f"keras_indexnet[{self.extra}]" if self.extra else "keras_indexnet[tensorflow]"

    def open(self, path: StrPath, threads: int = THREADS, trust: bool = False) -> Runtime:
        """Open a file of this format in its runtime; arguments and errors are those of `open_exported`."""
        threads = whole_number(threads, "threads", most=MOST_THREADS)
        for module in getattr(self.runtime, "modules", ()):
            required(module, f"Opening {path}", self.requirement)
        self.check_trust(path, trust)
        return self.runtime(path, threads)

    def check_trust(self, path: StrPath, trust: bool) -> None:
        """Raise ValueError if a file of this format is a program and is not trusted."""
        if self.refuse is not None and not trust:
            self.refuse(path)


# By name.
FORMATS = {
    format.name: format
    for format in (
        Format(
            name="tflite",
            title="TFLite",
            suffix=".tflite",
            write=write_tflite,
            runtime=LiteRT,
            extra="litert",
            modules=("ai_edge_litert",),
            quantizations=("float16", "dynamic", "int8"),
            quantizing_modules=("ai_edge_quantizer",),
        ),
        Format(
            name="onnx",
            title="ONNX",
            suffix=".onnx",
            write=write_onnx,
            runtime=ONNXRuntime,
            extra="onnx",
            modules=("onnx", "onnxruntime", "tf2onnx"),
        ),
        Format(
            name="savedmodel",
            title="SavedModel",
            suffix="",
            write=write_savedmodel,
            runtime=SavedModel,
            refuse=refuse_program,
        ),
    )
}
# What some format offers; None is float32, which all do.
QUANTIZATIONS = (None, *dict.fromkeys(name for format in FORMATS.values() for name in format.quantizations))
BY_SUFFIX = {format.suffix: format for format in FORMATS.values() if not format.is_folder}
# How an exported file is told from others, in words that follow "it ends in".
ENDINGS = f"{' or '.join(BY_SUFFIX)}, or is the folder of a SavedModel"


def format_of(path: StrPath) -> Format | None:
    """Find the format of an exported file by its name; a folder is a SavedModel, unless it is a preset's.

    Args:
        path: str or path. A file need not exist.

    Returns:
        `Format`, or None if an exported file is not called so.

    Example:

    >>> from keras_indexnet.export import format_of
    >>> format_of("matting.onnx").title
    'ONNX'
    """
    path = Path(path)
    if path.is_dir():
        return None if is_preset_folder(path) else FORMATS["savedmodel"]
    return BY_SUFFIX.get(path.suffix)


def open_exported(path: StrPath, threads: int = THREADS, trust: bool = False) -> Runtime:
    """Open an exported file in its own runtime.

    Args:
        path: str or path of a `.tflite` or `.onnx` file or of the folder of a SavedModel.
        threads: int, of LiteRT and ONNX Runtime.
        trust: bool, whether a SavedModel is opened. It is a program, which can read and write your files, while
            TFLite and ONNX files are data.

    Returns:
        `LiteRT`, `ONNXRuntime` or `SavedModel`: `run(inputs)` runs a batch.

    Raises:
        ValueError: if an exported file is not called so, or it is a SavedModel that is not trusted. For a
            damaged one each runtime has errors of its own.
        ImportError: if the runtime is not installed; the message names the extra.

    Example:

    ```python
    alpha = open_exported("matting.tflite").run(image_and_trimap)
    ```
    """
    format = format_of(path)
    if format is None:
        raise IndexNetError(f"{path} is no exported file: one ends in {ENDINGS}.")
    return format.open(path, threads, trust)
