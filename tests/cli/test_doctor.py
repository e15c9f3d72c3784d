import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_indexnet.cli.diagnosis import EXTRAS, devices

INDEXNET = os.path.join(os.path.dirname(sys.executable), "indexnet")


def test_doctor_survives_extras_that_are_broken_or_missing(tmp_path):
    broken = {
        "pymatting": "raise OSError('libomp.so cannot be opened\\nand more')",
        "tensorboardX": "raise ModuleNotFoundError('No module named tensorboardX', name='tensorboardX')",
        "tf2onnx": "import a_package_that_nobody_has",
    }
    for module, code in broken.items():
        (tmp_path / module).mkdir()
        (tmp_path / module / "__init__.py").write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "CUDA_VISIBLE_DEVICES": ""}
    result = subprocess.run([INDEXNET, "doctor"], capture_output=True, text=True, timeout=300, env=environment)
    assert (result.returncode, result.stderr) == (0, "")
    lines = dict(re.findall(r"^  (.+?) {2,}(.*)$", result.stdout, re.M))
    told = r"pymatting [\d.]+ is broken \(libomp.so cannot be opened\); for .*"
    assert re.fullmatch(told, lines["[foreground]"])
    assert re.fullmatch("tensorboardX is missing.*; for `indexnet train --tensorboard`", lines["[tensorboard]"])
    assert "is broken (No module named 'a_package_that_nobody_has')" in lines["[onnx]"]
    assert lines["GPUs"] == "none in use: CUDA_VISIBLE_DEVICES= hides them"
    assert lines["numpy"] == np.__version__
    assert lines["backend in use"] == keras.backend.backend()
    weights, size = lines["indexnet_base"].removesuffix(" MiB").rsplit(", ", 1)
    assert float(size) == pytest.approx(Path(weights).stat().st_size / 2**20, abs=0.05)


OTHERWISE_CALLED = {"mkdocs_material": "material"}  # packages whose module has another name


def test_every_extra_is_looked_at_with_all_that_it_installs():
    project = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    del extras["test"]
    for extra, requirements in extras.items():
        names = (re.match(r"[A-Za-z][\w-]*", requirement)[0] for requirement in requirements)
        modules = (name.replace("-", "_") for name in names)
        assert EXTRAS[extra][0] == tuple(OTHERWISE_CALLED.get(module, module) for module in modules)
    assert EXTRAS.keys() == extras.keys()


def test_a_driver_without_a_usable_library_is_told_apart_from_no_driver(tmp_path, monkeypatch):
    if "none in use" not in devices()["GPUs"]:
        pytest.skip("a GPU is in use here")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert devices()["GPUs"] == "none in use: no NVIDIA driver was found"
    (tmp_path / "nvidia-smi").touch(mode=0o755)
    assert "CUDA" in devices()["GPUs"]
