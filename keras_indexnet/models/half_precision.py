"""Weights in float16, half the size, as presets are shipped."""

import tempfile
from pathlib import Path

import h5py
import numpy as np

from keras_indexnet.errors import IndexNetError


def save_half_precision(network, path):
    """Save a network's weights in float16, half the size, as they are shipped.

    Any network of the same configuration loads the file with `load_weights`, in its own precision. A tensor
    with values beyond float16, which a variance can have, stays float32.

    Args:
        network: `keras.Model` that was not compiled, so that no optimizer's state is saved with it.
        path: str or path ending in `.weights.h5`.

    Raises:
        ValueError: if a weight is not finite.
    """
    with tempfile.TemporaryDirectory(dir=Path(path).parent) as folder:
        full, half = Path(folder) / "full.weights.h5", Path(folder) / "half.weights.h5"
        network.save_weights(full)
        with h5py.File(full, "r") as source, h5py.File(half, "w", libver="latest") as target:
            source.visititems(lambda name, item: _copy_half(name, item, target))
        half.replace(path)


def _copy_half(name, item, target):
    if isinstance(item, h5py.Group):
        target.require_group(name).attrs.update(item.attrs)
        return
    weight = item[()]
    if weight.dtype == np.float32:  # not the counters of random generators
        if not np.isfinite(weight).all():
            raise IndexNetError(f"The weight {name} is not finite.")
        if np.abs(weight).max(initial=0.0) <= np.finfo(np.float16).max:
            weight = weight.astype(np.float16)
    target.create_dataset(name, data=weight)
