"""A server for tests, in a thread."""

import contextlib
import socket
import threading
from typing import NamedTuple

import psutil
import pytest

from keras_indexnet.web import RESPONSE_HEADERS, matting_app
from keras_indexnet.web.limited_protocol import LimitedProtocol
from keras_indexnet.web.worker import Worker

pytest.importorskip("fastapi", reason="the extra `serve` is not installed")
uvicorn = pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")

MAX_UPLOAD = 4_000_000


class Server(NamedTuple):
    url: str
    worker: Worker

    @property
    def process(self):
        return psutil.Process(self.worker._process.pid)


@contextlib.contextmanager
def running(weights, **options):
    """A server in a thread: its address, and its worker."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = matting_app(weights, max_upload=MAX_UPLOAD, **options)
    config = uvicorn.Config(
        app,
        http=LimitedProtocol,
        log_config=None,  # so that pytest sees it
        log_level="warning",
        headers=list(RESPONSE_HEADERS),
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield Server(f"http://127.0.0.1:{listening.getsockname()[1]}", app.state.worker)
    finally:
        server.should_exit = True
        thread.join()
