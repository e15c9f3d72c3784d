"""A process that cuts out, beside the one that answers: whatever a picture does to it, the page goes on."""

import json
import pickle
import subprocess
import sys
import threading
import time
from contextlib import suppress

from keras_indexnet.errors import IndexNetError

# What 25 million pixels take where all are unknown, and half as much again (docs/use/serve.md).
MEMORY = 8_000_000_000  # bytes
SECONDS = 600
SECONDS_TO_START = 120
# TensorFlow writes to stderr while it is imported; what fails there is raised, and shown.
START = """
import os
stderr = os.dup(2)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
try:
    from keras_indexnet.web.cutting_out import work
finally:
    os.dup2(stderr, 2)
work()
"""


class WorkerDiedError(Exception):
    """The worker died of a photograph, or was ended since it took too long; in words for who sent it."""


class Worker:
    """A process that opens a network once, and cuts out one photograph after another.

    When it dies, another one starts. (An executor of `concurrent.futures` cannot end a process that computes
    before Python 3.14, and limits no memory.)

    Args:
        weights: what `inference.open_model` takes.
        configuration: likewise.
        polish: bool, whether mattes are polished. None: unless there is a reason not to.
        trust: bool, whether a SavedModel is opened.
        memory: int, bytes that it may reserve; None: `MEMORY`.
        seconds: float, for a photograph; None: `SECONDS`.

    Raises:
        IndexNetError: if the network cannot be opened.
    """

    def __init__(self, weights, configuration=None, polish=None, trust=False, memory=None, seconds=None):
        self._settings = weights, configuration, polish, trust, memory or MEMORY
        self._seconds = seconds
        self._one_at_a_time = threading.Lock()  # the network has all cores already
        self._closed = False
        self._start()
        self._wait_until_it_is_ready()

    @property
    def is_running(self):
        """Whether there is a process; one that has just been started is, too."""
        return self._process.poll() is None

    def answer(self, task, fields):
        """Cut out a photograph, or only make its trimap.

        Args:
            task: "cutout" or "trimap".
            fields: dict, the arguments of `read_upload`.

        Returns:
            Bytes, a JSON object with pictures and notes.

        Raises:
            IndexNetError: if something is wrong with what was sent.
            WorkerDiedError: if it cannot be computed.
        """
        with self._one_at_a_time:
            if not self._ready:
                self._wait_until_it_is_ready()
            return self._answer_to((task, fields), self._seconds or SECONDS)

    def close(self):
        """End the process, also in the middle of a photograph."""
        self._closed = True
        self._process.kill()
        self._process.wait()

    def _start(self):
        self._ready = False
        self._process = subprocess.Popen(
            [sys.executable, "-c", START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the server, which ends the worker
        )

    def _wait_until_it_is_ready(self):
        self._answer_to(self._settings, SECONDS_TO_START)
        self._ready = True

    def _answer_to(self, message, seconds):
        process, begun = self._process, time.monotonic()
        watch = threading.Timer(seconds, process.kill)
        watch.start()
        try:
            pickle.dump(message, process.stdin)
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:  # it died before it had read everything
            line = b""
        finally:
            watch.cancel()
        if not line.endswith(b"\n"):
            self._start_another()
            if time.monotonic() - begun >= seconds:
                raise WorkerDiedError(f"It took more than {seconds:g} seconds; try a smaller photograph.")
            raise WorkerDiedError(
                f"It took more than {self._settings[-1] / 1e9:g} GB of memory, or failed otherwise; "
                "try a smaller photograph."
            )
        told, _, answer = line.rstrip(b"\n").partition(b" ")
        if told == b"wrong":
            raise IndexNetError(json.loads(answer))
        return answer

    def _start_another(self):
        self._process.kill()
        self._process.wait()
        with suppress(OSError):  # what it did not read
            self._process.stdin.close()
        self._process.stdout.close()
        if not self._closed:
            self._start()
