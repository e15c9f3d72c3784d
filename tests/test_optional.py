"""Packages of the extras that are missing, or fail to be imported in whatever way."""

import subprocess
import sys

import numpy as np
import pytest

from keras_indexnet import conversion, data, evaluation, export, inference, training, visualization
from keras_indexnet.errors import MissingPackageError
from keras_indexnet.optional import required

FAILURES = {
    "ImportError('libgomp.so.1: cannot open it')": "libgomp.so.1: cannot open it",
    "RuntimeError('cannot cache: no locator available')": "cannot cache: no locator available",
    "OSError(28, 'No space left on device')": "[Errno 28] No space left on device",
    "AttributeError('two lines\\nof it')": "two lines",
    "KeyError()": "KeyError",
}
IMAGE, TRIMAP = np.zeros((32, 32, 3), np.uint8), np.full((32, 32), 128, np.uint8)
# What needs a package, by the package.
USES = {
    "pymatting": [
        lambda folder: inference.polish_alpha(IMAGE, TRIMAP, TRIMAP),
        lambda folder: inference.estimate_foreground(IMAGE, TRIMAP),
        lambda folder: evaluation.classical_method("knn"),
    ],
    "matplotlib": [
        lambda folder: visualization.draw_training_curves([{"steps": 1, "loss": 1}], folder / "curves.png"),
    ],
    "tensorboardX": [lambda folder: training.WriteTensorBoard(folder)],
    "torch": [lambda folder: conversion.load_reference_checkpoint(folder / "a.pth.tar", None)],
    "onnxruntime": [lambda folder: export.open_exported(folder / "a.onnx")],
    "ai_edge_litert": [lambda folder: inference.open_model(folder / "a.tflite")],
}


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """A function that makes the import of a package fail."""

    def break_package(package, failure):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text(f"raise {failure}")
        for module in list(sys.modules):
            if module.partition(".")[0] == package:
                monkeypatch.delitem(sys.modules, module)
        monkeypatch.syspath_prepend(tmp_path)

    return break_package


@pytest.mark.parametrize(("failure", "reason"), FAILURES.items(), ids=FAILURES.values())
def test_a_package_that_fails_to_import_is_named_with_the_reason(broken, failure, reason):
    broken("matplotlib", failure)
    said = f"^Drawing needs matplotlib, which is installed and cannot be imported: {reason}.$"
    with pytest.raises(MissingPackageError, match=said.replace("[", r"\[")):
        required("matplotlib.figure", "Drawing", "keras_indexnet[draw]")


@pytest.mark.parametrize("package", USES)
def test_what_needs_a_broken_package_says_so(tmp_path, broken, package):
    broken(package, "RuntimeError('no folder to write to')")
    for name in ("a.pth.tar", "a.onnx", "a.tflite"):
        (tmp_path / name).touch()
    for use in USES[package]:
        with pytest.raises(
            MissingPackageError, match=r" needs .* cannot be imported: no folder to write to\.$"
        ):
            use(tmp_path)


def test_without_a_folder_for_numba_mattes_are_the_networks(broken):
    broken("pymatting", "RuntimeError('cannot cache function: no locator available')")
    photograph = data.drawn_photograph(1, 96)
    said = inference.why_not_to_polish(photograph.image, photograph.trimap)
    assert said.startswith("The matte is the network's own. Polishing needs pymatting, which is installed and ")


def test_a_backend_that_cannot_be_imported_is_passed_over(tmp_path):
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text("raise OSError('libstdc++ is too old')")
    code = f"""
import os, sys, types
sys.path.insert(0, {str(tmp_path)!r})
package = types.ModuleType("keras_indexnet")
package.__path__ = [{str(__import__("keras_indexnet").__path__[0])!r}]
sys.modules["keras_indexnet"] = package
from keras_indexnet.backend import choose_backend
choose_backend()
print(os.environ["KERAS_BACKEND"])
"""
    environment = {"KERAS_HOME": str(tmp_path), "PATH": ""}
    finished = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert finished.stdout == "jax\n", finished.stderr
    environment["KERAS_BACKEND"] = "tensorflow"
    finished = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    said = "Keras needs a backend, and tensorflow is installed and cannot be imported: libstdc++ is too old."
    assert finished.stderr.endswith(f"MissingPackageError: {said}\n")
