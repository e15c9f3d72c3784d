import os
import sys
from contextlib import contextmanager
from pathlib import Path

from keras_indexnet.backend import BACKENDS, choose_backend

COMMANDS = ("indexnet", "indexnet.exe")


@contextmanager
def quiet_start():
    """Keep TensorFlow's and OpenCV's logs from people who run `indexnet`; programs that import see them.

    TensorFlow writes to the process's stderr before any setting of its own reaches it, so stderr is turned off
    while it is imported. Failures to import are exceptions and still reach the user.
    """
    if Path(sys.argv[0]).name not in COMMANDS:
        choose_backend()
        yield
        return
    backend = os.environ.get("KERAS_BACKEND", "")
    if backend and backend not in BACKENDS:  # Keras would fail with a traceback
        sys.exit(f"Error: KERAS_BACKEND is one of {', '.join(BACKENDS)}, not {backend!r}.")
    try:
        choose_backend()
    except ImportError as error:
        sys.exit(f"Error: {error}")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")  # what it says of a broken file, our errors say, too
    sys.stderr.flush()
    stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
        import keras

        keras.ops.zeros(1)  # the search for GPUs is logged at the first tensor
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null)
