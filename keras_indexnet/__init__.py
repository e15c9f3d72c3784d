"""Learned indexing for Keras: IndexNet layers and deep image matting."""

from keras_indexnet.quiet_start import quiet_start

with quiet_start():
    from keras_indexnet import (
        conversion,
        data,
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
    from keras_indexnet.inference import predict_alpha
    from keras_indexnet.profiling.counting import complexity

__all__ = [
    "complexity",
    "conversion",
    "data",
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
