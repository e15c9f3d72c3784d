import inspect
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from keras_indexnet.errors import BackendError
from keras_indexnet.export.formats import format_of
from keras_indexnet.given_numbers import MOST_THREADS, height_and_width, whole_number
from keras_indexnet.paths import StrPath

PROGRAM = Path(__file__).with_name("measured_process.py")


@dataclass(frozen=True)
class Measurement:
    """What running a network once takes."""

    seconds: tuple[float, ...]  # of each run, after one that does not count
    peak_bytes: int  # of resident memory of a process that does nothing else
    matrix_product_peak: float  # multiply-adds a second of large float32 matrices, just before and after

    @property
    def median(self) -> float:
        """float, seconds."""
        return statistics.median(self.seconds)


def measure(
    path: StrPath,
    input_size: tuple[int, int],
    runs: int = 10,
    threads: int = 2,
    *,
    trust: bool = False,
    runtime: type | None = None,
) -> Measurement:
    """Run a network in a process of its own and measure its time and peak memory.

    Args:
        path: str or path of an exported file, the folder of a SavedModel, or a `.keras` file, of a network that
            takes `(1, H, W, 4)`.
        input_size: pair of ints, height and width.
        runs: int, how often it is timed.
        threads: int. Keras and TensorFlow are told by environment variables.
        trust: bool, whether a SavedModel is run. It is a program, which can read and write your files.
        runtime: class that opens an exported file, by path and threads, and has a method `run`, in the place of
            this package's for files of that kind. Its module is in memory, too.

    Returns:
        `Measurement`. The peak holds the runtime, too: TensorFlow alone takes half a gigabyte.

    Raises:
        ValueError: if it is a SavedModel that is not trusted.
        RuntimeError: if the network does not run; the message is the last line that it wrote. Peak memory is
            read where Linux tells it.

    Example:

    ```python
    measured = measure("matting.tflite", (512, 512))
    print(measured.median, measured.peak_bytes)
    ```
    """
    input_size = height_and_width(input_size)
    runs, threads = whole_number(runs, "runs"), whole_number(threads, "threads", most=MOST_THREADS)
    format = format_of(path)
    if format is not None:
        format.check_trust(path, trust)
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    if runtime is None and format is not None:
        runtime = format.runtime
    opening = (inspect.getfile(runtime), runtime.__name__) if runtime else ()  # Keras opens its own file
    finished = subprocess.run(
        [sys.executable, str(PROGRAM), str(path), *map(str, (*input_size, runs, threads)), *opening],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if finished.returncode != 0:
        said = finished.stderr.strip().splitlines() or [f"exit code {finished.returncode}"]
        raise BackendError(f"{path} does not run at {input_size[0]} x {input_size[1]}: {said[-1]}")
    measured = json.loads(finished.stdout.splitlines()[-1])
    return Measurement(**{**measured, "seconds": tuple(measured["seconds"])})
