"""What a bug report needs to know about this installation."""

import os
import platform
import shutil
import sys
from importlib import metadata, resources
from pathlib import Path

import keras
import numpy as np

from keras_indexnet import models
from keras_indexnet.backend import BACKENDS
from keras_indexnet.export import FORMATS
from keras_indexnet.optional import first_line, import_failure, is_missing

REQUIRED = ("keras_indexnet", "keras", "numpy", "opencv-python-headless", "pillow", "h5py", "click")
# extra -> modules that it installs, and what for
EXTRAS = {
    "tensorflow": (("tensorflow",), "the backend tensorflow, and export"),
    "jax": (("jax",), "the backend jax"),
    "torch": (("torch",), "the backend torch, and checkpoints of the paper's code"),
    "foreground": (
        ("pymatting",),
        "polished mattes, the foreground's own colours in cut-outs, classical methods",
    ),
    "auto": (("rembg",), "cut-outs of subjects that are selected automatically"),
    "draw": (("matplotlib",), "`indexnet draw` and `indexnet plot`"),
    **{
        format.extra: (
            (*format.modules, *format.quantizing_modules),
            f"export to {format.title}, and running such files",
        )
        for format in FORMATS.values()
        if format.extra
    },
    "tensorboard": (("tensorboardX", "tensorboard"), "`indexnet train --tensorboard`"),
    "serve": (("fastapi", "uvicorn", "python_multipart"), "`indexnet serve`"),
    "service": (
        ("fastapi", "uvicorn", "python_multipart", "gunicorn", "prometheus_client"),
        "that page as a service for many users",
    ),
    "batch": (("ray", "fsspec"), "batches of photographs on a Ray cluster"),
    "docs": (("material", "mkdocstrings", "nbconvert"), "`make docs`"),
}


def diagnose():
    """Describe the installation: versions, devices, extras and weights.

    Nothing that is broken or missing raises; it is said in its line.

    Returns:
        Dict from the title of a section to a dict from a name to a sentence or number in words.

    Example:

    >>> from keras_indexnet.cli.diagnosis import diagnose
    >>> list(diagnose())
    ['Versions', 'Devices', 'Extras', 'Weights']
    """
    return {
        "Versions": _versions(),
        "Devices": devices(),
        "Extras": {f"[{extra}]": _state_of_extra(*EXTRAS[extra]) for extra in EXTRAS}
        | {"pillow-heif": _state_of_extra(("pillow_heif",), "HEIC photographs")},
        "Weights": {name: _state_of_weights(name) for name in models.list_presets()},
    }


def _versions():
    versions = {"python": f"{platform.python_version()}, {platform.platform()}"}
    versions |= {name: _version(name) or "not installed" for name in REQUIRED}
    versions |= {name: version for name in BACKENDS if (version := _version(name))}
    versions["backend in use"] = keras.backend.backend()
    return versions


def _version(module):
    try:
        return metadata.version(module)
    except metadata.PackageNotFoundError:
        # A package may be called otherwise than its module, as the CPU builds of TensorFlow are.
        return getattr(sys.modules.get(module), "__version__", None)


def devices():
    """Describe what can compute here, and why no GPU does.

    Returns:
        Dict of sentences: cores, CPU features (in NumPy's names) and GPUs.

    Example:

    >>> from keras_indexnet.cli.diagnosis import devices
    >>> list(devices())
    ['cores', 'CPU features', 'GPUs']
    """
    extensions = np.show_config(mode="dicts").get("SIMD Extensions", {})
    found = [*extensions.get("baseline", []), *extensions.get("found", [])]
    described = {
        "cores": f"{_usable_cores()} of {os.cpu_count()} may be used",
        "CPU features": ", ".join(found) or "unknown",
    }
    backend = keras.backend.backend()
    try:
        gpus, reason = {"tensorflow": _tensorflow_gpus, "jax": _jax_gpus, "torch": _torch_gpus}[backend]()
    except Exception as error:
        gpus, reason = [], f"{backend} cannot say: {first_line(error)}"
    described["GPUs"] = ", ".join(gpus) if gpus else f"none in use: {reason}"
    return described


def _usable_cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _tensorflow_gpus():
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    names = [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus]
    install = "pip install 'tensorflow[and-cuda]'"
    return names, _why_no_gpu("TensorFlow", tf.test.is_built_with_cuda(), install)


def _jax_gpus():
    import jax

    names = [device.device_kind for device in jax.devices() if device.platform != "cpu"]
    has_cuda = any(_version(f"jax-cuda{cuda}-plugin") for cuda in (12, 13))
    return names, _why_no_gpu("JAX", has_cuda, "pip install 'jax[cuda13]'")


def _torch_gpus():
    import torch

    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return names, _why_no_gpu(
        "PyTorch", torch.version.cuda is not None, "install its build for CUDA (pytorch.org)"
    )


def _why_no_gpu(backend, built_with_cuda, install):
    """The first reason that applies, from the machine to the library."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden in ("", "-1"):
        return f"CUDA_VISIBLE_DEVICES={hidden} hides them"
    if not (shutil.which("nvidia-smi") or Path("/proc/driver/nvidia/version").exists()):
        return "no NVIDIA driver was found"
    if not built_with_cuda:
        return f"this {backend} was built without CUDA; {install}"
    return f"{backend} found the driver but no GPU that it can use, or not its CUDA libraries; {install}"


def _state_of_extra(modules, purpose):
    states = [f"{module} {_state_of_module(module)}" for module in modules]
    return f"{', '.join(states)}; for {purpose}"


def _state_of_module(module):
    version = _version(module)
    error = import_failure(module)
    if error is None:
        return version or "is installed"
    return "is missing" if is_missing(module, error) else f"{version} is broken ({first_line(error)})"


def _state_of_weights(name):
    path = resources.files("keras_indexnet") / "weights" / f"{name}.weights.h5"
    try:
        return f"{path}, {path.stat().st_size / 2**20:.1f} MiB"
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
