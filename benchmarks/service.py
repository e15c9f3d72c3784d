"""Prints how many photographs a second the service takes from 1, 2, 4 and 8 clients, and how many it refuses.

    python benchmarks/service.py --processes 2 --in-line 2

Clients are threads that send one photograph after another, and wait a fifth of a second where they are refused.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import cv2
import httpx
import numpy as np

from keras_indexnet import data

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "datasets" / "samples"
CLIENTS = (1, 2, 4, 8)
TOKEN = "benchmark"


@click.command()
@click.option("--processes", default=1, show_default=True, help="That serve, each with one that computes.")
@click.option("--in-line", default=4, show_default=True, help="Requests that each lets in at a time.")
@click.option("--seconds", default=30.0, show_default=True, help="For each number of clients.")
@click.option("--side", default=512, show_default=True, help="Longer side of the photograph.")
@click.option("--weights", default="indexnet_base", show_default=True)
def main(processes, in_line, seconds, side, weights):
    """Load the service."""
    form = photograph_and_trimap(side)
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as folder:
        settings = {"TOKEN": TOKEN, "WEIGHTS": weights, "MAX_IN_LINE": str(in_line)}
        environment = {
            **os.environ,
            **{f"INDEXNET_SERVE_{name}": value for name, value in settings.items()},
            "PROMETHEUS_MULTIPROC_DIR": f"{folder}/metrics",
            "TF_NUM_INTRAOP_THREADS": str(max(1, len(os.sched_getaffinity(0)) // processes)),
        }
        command = [sys.executable, "-m", "gunicorn", "-c", ROOT / "examples/service/gunicorn.conf.py"]
        command += ["-w", str(processes), "-b", address, "keras_indexnet.web.service:service_app()"]
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as service:
            try:
                send = sender(f"http://{address}/cutout", form)
                with ThreadPoolExecutor(2 * processes) as pool:  # until all have computed once
                    while not all(code == 200 for code, _ in pool.map(lambda _: send(), range(2 * processes))):
                        time.sleep(1)
                click.echo("| clients | requests/s | p50, s | p99, s | refused | load before |")
                click.echo("|---:|---:|---:|---:|---:|---:|")
                for clients in CLIENTS:
                    measure(clients, seconds, send)
            finally:
                service.terminate()


def photograph_and_trimap(side):
    """Return the form that is sent: the sample astronaut of this size, as JPEG, with its trimap."""
    image = data.read_image(SAMPLES / "astronaut.jpg")
    trimap = data.read_gray(SAMPLES / "astronaut_trimap.png")
    scale = side / max(trimap.shape)
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    trimap = cv2.resize(trimap, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    return {
        "photograph": ("photograph", cv2.imencode(".jpg", image[..., ::-1])[1].tobytes()),
        "trimap": ("trimap", cv2.imencode(".png", trimap)[1].tobytes()),
    }


def sender(url, form):
    """Return a function that sends the form, and returns the status of the answer and the seconds it took."""

    def send():
        begun = time.monotonic()
        try:
            answer = httpx.post(url, files=form, headers={"authorization": f"Bearer {TOKEN}"}, timeout=600)
        except httpx.TransportError:  # it has not started
            return 0, 0.0
        return answer.status_code, time.monotonic() - begun

    return send


def measure(clients, seconds, send):
    """Let so many clients send for so long, and print a row."""
    load, begun = os.getloadavg()[0], time.monotonic()

    def client(_):
        answers = []
        while time.monotonic() - begun < seconds:
            answers.append(send())
            if answers[-1][0] != 200:
                time.sleep(0.2)
        return answers

    with ThreadPoolExecutor(clients) as pool:
        answers = [answer for one in pool.map(client, range(clients)) for answer in one]
    took = time.monotonic() - begun
    times = [seconds for status, seconds in answers if status == 200]
    p50, p99 = np.percentile(times, (50, 99))
    refused = sum(status == 503 for status, _ in answers)
    click.echo(f"| {clients} | {len(times) / took:.2f} | {p50:.2f} | {p99:.2f} | {refused} | {load:.1f} |")


if __name__ == "__main__":
    main()
