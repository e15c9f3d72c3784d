"""Checkpoints of the paper's PyTorch code, to Keras and back."""

from keras_indexnet.conversion.checkpoints import (
    REFERENCE_CONVENTIONS,
    load_reference_checkpoint,
    reference_state_dict,
    save_reference_checkpoint,
)

__all__ = [
    "REFERENCE_CONVENTIONS",
    "load_reference_checkpoint",
    "reference_state_dict",
    "save_reference_checkpoint",
]
