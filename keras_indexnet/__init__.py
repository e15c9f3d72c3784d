"""Learned indexing for Keras: IndexNet layers and deep image matting."""

from keras_indexnet.quiet_start import quiet_start

with quiet_start():
    from keras_indexnet import (
        conversion,
        data,
        evaluation,
        export,
        inference,
        layers,
        measuring,
        models,
        training,
        visualization,
    )
    from keras_indexnet.complexity import complexity
    from keras_indexnet.inference import predict_alpha
    from keras_indexnet.training import losses, metrics

__all__ = [
    "complexity",
    "conversion",
    "data",
    "evaluation",
    "export",
    "inference",
    "layers",
    "losses",
    "measuring",
    "metrics",
    "models",
    "predict_alpha",
    "training",
    "visualization",
]
