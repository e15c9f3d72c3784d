"""gunicorn's settings for several processes that serve, each with one that computes.

pip install "keras_indexnet[tensorflow,foreground,service]"
export INDEXNET_SERVE_TOKEN=... WEB_CONCURRENCY=2
gunicorn -c gunicorn.conf.py "keras_indexnet.web.service:service_app()"
"""

import os
import shutil

from uvicorn.workers import UvicornWorker

from keras_indexnet.web.limited_protocol import LimitedProtocol

bind = "0.0.0.0:8000"
worker_tmp_dir = "/dev/shm"  # where the root file system is read-only
timeout = 120  # for a process to start: it opens the network; nothing else keeps it from answering
graceful_timeout = 30
control_socket_disable = True
metrics = os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", "/tmp/indexnet_metrics")


class Worker(UvicornWorker):
    """uvicorn as `indexnet serve` sets it up."""

    CONFIG_KWARGS = {"http": LimitedProtocol, "server_header": False, "timeout_graceful_shutdown": 20}


worker_class = Worker


def on_starting(server):
    """Begin with an empty folder: the counts of processes that are gone would be counted again."""
    shutil.rmtree(metrics, ignore_errors=True)
    os.makedirs(metrics)


def child_exit(server, worker):
    """Take the requests that a process had in line off the sum when it ends."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
