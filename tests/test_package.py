"""What the package says of itself, and which backend it starts with."""

import inspect
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import keras_indexnet

ROOT = Path(keras_indexnet.__file__).parents[1]
BACKENDS = ("tensorflow", "jax", "torch")
ROOMS = [room for name in keras_indexnet.__all__ if inspect.ismodule(room := getattr(keras_indexnet, name))]


def test_dir_shows_what_is_public_and_nothing_else():
    shown = {name for name in dir(keras_indexnet) if not name.startswith("__")}
    assert shown == {name for name in keras_indexnet.__all__ if not name.startswith("__")}
    assert all(hasattr(keras_indexnet, name) for name in dir(keras_indexnet))


def test_the_version_is_that_of_the_installation():
    assert keras_indexnet.__version__ == version("keras_indexnet")


def functions_of(public):
    """A function itself; of a class its constructor and, unless they are for Keras to call, its methods."""
    if not inspect.isclass(public):
        return [public] if inspect.isfunction(public) else []
    is_of_keras = any(base.__module__.startswith("keras.") for base in public.__mro__)
    names = ["__init__", *(name for name in vars(public) if not (is_of_keras or name.startswith("_")))]
    members = [vars(public).get(name) for name in names]
    return [function for member in members if inspect.isfunction(function := getattr(member, "fget", member))]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__name__)
def test_what_is_public_is_annotated(room):
    functions = [function for name in room.__all__ for function in functions_of(getattr(room, name))]
    for function in functions:
        signature = inspect.signature(function)
        annotations = {parameter.name: parameter.annotation for parameter in signature.parameters.values()}
        annotations = annotations | {"self": None, "return": signature.return_annotation}
        bare = [name for name, annotation in annotations.items() if annotation is inspect.Signature.empty]
        assert not bare, f"{function.__module__}.{function.__qualname__}"


@pytest.fixture
def start(tmp_path):
    """A function that imports the package beside some backends only, and prints which one is used."""

    def started(installed, named=None, configured=None):
        packages, home = tmp_path / "packages", tmp_path / "keras"
        packages.mkdir()
        left_out = [backend for backend in BACKENDS if backend not in installed]
        for place in {Path(path) for path in sys.path if path.endswith("site-packages")}:
            for entry in place.iterdir():
                if entry.name not in left_out and entry.name != "keras_indexnet":
                    (packages / entry.name).symlink_to(entry)
        home.mkdir()
        if configured:
            (home / "keras.json").write_text(json.dumps({"backend": configured}))
        environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
        environment |= {"PYTHONPATH": f"{ROOT}{os.pathsep}{packages}", "KERAS_HOME": str(home)}
        if named:
            environment["KERAS_BACKEND"] = named
        code = "import keras_indexnet, keras; print(keras.backend.backend())"
        # -S: without the packages that are really installed.
        command = [sys.executable, "-S", "-c", code]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)

    return started


@pytest.mark.slow
@pytest.mark.parametrize(
    ("installed", "named", "configured", "used"),
    [
        (["jax"], None, None, "jax"),
        (["jax"], None, "tensorflow", "jax"),  # as Keras writes it where nobody chose
        (["jax", "torch"], None, "torch", "torch"),
        (["tensorflow", "jax"], "jax", None, "jax"),
    ],
    ids=["the one", "not what is written", "what is written", "what is named"],
)
def test_keras_takes_a_backend_that_is_installed(start, installed, named, configured, used):
    finished = start(installed, named, configured)
    assert (finished.returncode, finished.stdout) == (0, f"{used}\n"), finished.stderr


@pytest.mark.parametrize(
    ("installed", "named", "sentence"),
    [
        (
            [],
            None,
            "Keras needs a backend: pip install 'keras_indexnet[tensorflow]', 'keras_indexnet[jax]' or "
            "'keras_indexnet[torch]'.",
        ),
        (
            ["tensorflow", "jax"],
            "torch",
            "KERAS_BACKEND is torch, which is not installed: pip install 'keras_indexnet[torch]', or set it to "
            "tensorflow or jax.",
        ),
    ],
    ids=["none", "not the named one"],
)
def test_one_sentence_says_which_backend_to_install(start, installed, named, sentence):
    finished = start(installed, named)
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1].endswith(f"Error: {sentence}")
