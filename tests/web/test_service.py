"""The service for many users: settings of the environment, health, metrics, OpenAPI; also behind gunicorn."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

pytest.importorskip("fastapi", reason="the extra `service` is not installed")
uvicorn = pytest.importorskip("uvicorn", reason="the extra `service` is not installed")
pytest.importorskip("prometheus_client", reason="the extra `service` is not installed")
httpx = pytest.importorskip("httpx", reason="httpx is not installed")

from keras_indexnet.web.service import service_app, settings_from_environment  # noqa: E402

SERVICE = Path(__file__).parents[2] / "examples" / "service"


@contextlib.contextmanager
def variables(**values):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(f"INDEXNET_SERVE_{name.upper()}", str(value))
        yield


@pytest.fixture(scope="module")
def service(small_tflite):
    with variables(token="secret", weights=small_tflite, hosts="shop.example", max_upload=0.02, max_in_line=2):
        app = service_app()
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=300) as client:
        client.headers["host"] = "shop.example"
        yield client
    server.should_exit = True
    thread.join()
    assert not app.state.worker.is_running


def form(side=96):
    image = np.full((side, side, 3), 40, np.uint8)
    image[20:60, 30:70] = 30, 60, 220
    return {
        "files": {"photograph": ("photograph", cv2.imencode(".png", image)[1].tobytes())},
        "data": {"box": "26,16,48,48"},
    }


WITH_TOKEN = {"authorization": "Bearer secret"}


def metric(text, name):
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def test_who_has_the_token_is_served_and_counted(service):
    before = service.get("/metrics").text
    for task in ("trimap", "cutout"):
        answer = service.post(f"/{task}", headers=WITH_TOKEN, **form())
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert service.post("/cutout", **form()).status_code == 403
    assert service.post("/cutout", headers=WITH_TOKEN, data={"box": "1,1,2,2"}).status_code == 400
    after = service.get("/metrics").text
    for name, more in {
        'indexnet_requests_total{status="200",task="cutout"}': 1,
        'indexnet_requests_total{status="200",task="trimap"}': 1,
        'indexnet_requests_total{status="403",task="cutout"}': 1,
        'indexnet_requests_total{status="400",task="cutout"}': 1,
        'indexnet_request_seconds_count{task="cutout"}': 3,
    }.items():
        assert metric(after, name) - metric(before, name) == more, name
    assert metric(after, "indexnet_in_line ") == 0


def test_the_settings_are_obeyed(service):
    assert service.get("/limits", headers=WITH_TOKEN).json()["bytes"] == 20_000
    large = {"photograph": ("photograph", bytes(21_000))}
    assert service.post("/cutout", headers=WITH_TOKEN, files=large).status_code == 413
    assert service.get("/", headers={**WITH_TOKEN, "host": "other.example"}).status_code == 400
    # For probes, which know neither the token nor the name.
    assert service.get("/healthz", headers={"host": "10.0.0.7"}).text == "ok\n"


def test_openapi_describes_what_the_service_does(service):
    described = service.get("/openapi.json", headers=WITH_TOKEN).json()
    assert described["openapi"].startswith("3.")
    cutout = described["paths"]["/cutout"]["post"]
    fields = cutout["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(fields["properties"]) == {"photograph", "box", "marks", "trimap"}
    assert {"200", "400", "403", "408", "413", "503"} <= set(cutout["responses"])
    answer = service.post("/cutout", headers=WITH_TOKEN, **form()).json()
    assert set(answer) == set(cutout["responses"]["200"]["content"]["application/json"]["schema"]["properties"])
    assert set(described["paths"]) == {"/limits", "/cutout", "/trimap"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Set INDEXNET_SERVE_TOKEN to a string that nobody guesses"),
        (
            {"token": "", "max_upload": "much"},
            "INDEXNET_SERVE_MAX_UPLOAD is 'much': Input should be a valid number",
        ),
        ({"token": "", "max_in_line": "0"}, "INDEXNET_SERVE_MAX_IN_LINE is '0': Input should be greater than"),
        ({"token": "", "weight": "x"}, "There is no setting INDEXNET_SERVE_WEIGHT; there are .*_WEIGHTS"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(given, said):
    with variables(**given), pytest.raises(ValueError, match=said):
        settings_from_environment()


@pytest.fixture
def gunicorn(tmp_path, small_tflite):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "INDEXNET_SERVE_TOKEN": "secret",
        "INDEXNET_SERVE_WEIGHTS": str(small_tflite),
        "INDEXNET_SERVE_MAX_IN_LINE": "2",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
    }
    command = [sys.executable, "-m", "gunicorn", "-c", SERVICE / "gunicorn.conf.py", "-w", "2"]
    command += ["-b", f"127.0.0.1:{port}", "keras_indexnet.web.service:service_app()"]
    with subprocess.Popen(command, env=environment) as process:
        try:
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.kill()


@pytest.mark.matrix
def test_several_processes_serve_and_their_metrics_are_summed(gunicorn):
    url, process = gunicorn
    deadline = time.monotonic() + 300
    computing = []
    while len(computing) < 2 or httpx.get(f"{url}/healthz", timeout=60).status_code != 200:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.5)
        serving = psutil.Process(process.pid).children()
        computing = [child for one in serving for child in one.children()]

    def post(_):
        with contextlib.suppress(httpx.TransportError):
            return httpx.post(f"{url}/cutout", headers=WITH_TOKEN, timeout=120, **form(512)).status_code

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(post, range(48)))
    # Each lets in two at a time; whether the others come before these are done depends on the machine.
    assert set(answers) == {200, 503} and answers.count(200) > 2
    text = httpx.get(f"{url}/metrics").text
    for status in (200, 503):
        name = f'indexnet_requests_total{{status="{status}",task="cutout"}}'
        assert metric(text, name) == answers.count(status)
    assert len(re.findall("indexnet_in_line{", text)) <= 1

    computing[0].kill()  # another one takes its place, and nobody is refused for long
    assert {post(0) for _ in range(8)} & {200}
    ours = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    time.sleep(2)
    assert not [pid for pid in ours if psutil.pid_exists(pid)]
