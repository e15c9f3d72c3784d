"""Learned indexing for Keras: IndexNet layers and deep image matting."""

from keras_indexnet.backend import missing_backend_named

with missing_backend_named():
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
    from keras_indexnet.errors import IndexNetError
    from keras_indexnet.inference import predict_alpha
    from keras_indexnet.profiling.counting import complexity

__version__ = "0.2.0"

__all__ = [
    "IndexNetError",
    "__version__",
    "complexity",
    "conversion",
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


def __dir__():
    return __all__
