"""`examples/service`, `examples/triton`: the steps of the Dockerfile, a configuration that fits the network."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "examples" / "service" / "Dockerfile"


def instructions():
    """Return the instructions of the Dockerfile, pairs of a keyword and the rest of its line."""
    text = re.sub(r"\\\n", " ", DOCKERFILE.read_text())
    return [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]


def test_the_dockerfile_has_nothing_to_complain_of():
    hadolint = shutil.which("hadolint", path=Path(sys.executable).parent)
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert done.stdout == "" and done.returncode == 0


def test_the_image_is_no_roots_and_what_it_copies_is_there():
    *_, user = [rest for keyword, rest in instructions() if keyword == "USER"]
    assert int(user) > 0
    last = max(number for number, (keyword, _) in enumerate(instructions()) if keyword == "FROM")
    written = [rest for keyword, rest in instructions()[last:] if keyword == "ENV"]
    assert "NUMBA_CACHE_DIR=/tmp/" in written[0]  # all else is read-only
    assert (ROOT / "examples" / "service" / "gunicorn.conf.py").is_file()


@pytest.mark.matrix
def test_the_steps_of_the_dockerfile_make_a_service(tmp_path, small_tflite):
    """In a plain environment, in place of the image: what RUN and CMD say, with other folders."""
    where = {"/opt/indexnet": f"{tmp_path}/indexnet", "/src": f"{tmp_path}/src", "/tmp/": f"{tmp_path}/tmp/"}
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    for name in names.stdout.decode().splitlines():
        if (ROOT / name).is_file():
            (tmp_path / "src" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / "src" / name)

    def here(text):
        return re.sub("|".join(where), lambda path: where[path[0]], text)

    for keyword, step in instructions():
        if keyword == "RUN" and not step.startswith("useradd"):
            done = subprocess.run(["sh", "-c", here(step)], capture_output=True, text=True, check=False)
            if "No matching distribution" in done.stderr or "Connection" in done.stderr:
                pytest.skip("packages cannot be fetched")
            assert done.returncode == 0, done.stderr[-2000:]
    (variables,) = [here(rest) for keyword, rest in instructions() if keyword == "ENV"]
    (command,) = [here(rest) for keyword, rest in instructions() if keyword == "CMD"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {
        "PATH": os.defpath,
        **dict(pair.split("=") for pair in shlex.split(variables)),
        "INDEXNET_SERVE_TOKEN": "",
        "PROMETHEUS_MULTIPROC_DIR": f"{tmp_path}/tmp/metrics",
    }
    (tmp_path / "tmp").mkdir()
    with subprocess.Popen(
        [*json.loads(command), "-b", address], env=environment, cwd=tmp_path / "tmp", stderr=subprocess.DEVNULL
    ) as service:
        try:
            deadline = time.monotonic() + 300
            while True:
                try:
                    answer = urllib.request.urlopen(f"http://{address}/healthz", timeout=10)
                    break
                except (urllib.error.URLError, OSError):
                    assert service.poll() is None and time.monotonic() < deadline
                    time.sleep(0.5)
            assert answer.read() == b"ok\n"
        finally:
            service.terminate()


def test_tritons_configuration_fits_the_exported_network(exported):
    from keras_indexnet.export.runtimes import ONNXRuntime

    text = (ROOT / "examples" / "triton" / "indexnet" / "config.pbtxt").read_text()
    file, _ = exported("onnx")
    network = ONNXRuntime(file, 1)
    for kind, ends in (("input", network.inputs()), ("output", network.outputs())):
        (block,) = re.findall(rf"^{kind} \[(.*?)^\]", text, re.DOTALL | re.MULTILINE)
        ((name, end),) = ends.items()
        assert re.findall(r'name: "(.*)"', block) == [name]
        assert end["dtype"] == "float32" and "data_type: TYPE_FP32" in block
        dims = [int(number) for number in re.search(r"dims: \[(.*)\]", block)[1].split(",")]
        assert [None, *(None if side == -1 else side for side in dims)] == list(end["shape"])
    assert int(re.search(r"max_batch_size: (\d+)", text)[1]) > 0  # whose axis the dims leave out
