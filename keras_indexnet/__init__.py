"""Learned indexing for Keras: IndexNet layers and deep image matting."""

from keras_indexnet.backend import choose_backend

choose_backend()

# They import Keras, which takes the backend that was chosen.
from keras_indexnet import (
    conversion,
    data,
    errors,
    evaluation,
    export,
    graphs,
    inference,
    layers,
    losses,
    metrics,
    models,
    profiling,
    training,
    visualization,
)
from keras_indexnet.cutting_out import cutout
from keras_indexnet.errors import IndexNetError
from keras_indexnet.inference import predict_alpha
from keras_indexnet.profiling.counting import complexity

__all__ = [
    "IndexNetError",
    "complexity",
    "conversion",
    "cutout",
    "data",
    "errors",
    "evaluation",
    "export",
    "graphs",
    "inference",
    "layers",
    "losses",
    "metrics",
    "models",
    "predict_alpha",
    "profiling",
    "training",
    "visualization",
]

__version__ = "0.2.0"


def __dir__():
    return [*__all__, *(name for name in globals() if name.startswith("__"))]
