from typing import NamedTuple

from keras import KerasTensor

from keras_indexnet.graphs.convolution import Convolution


class Convolved(NamedTuple):
    """The tensor is `convolution(features)`."""

    convolution: Convolution
    features: KerasTensor


class Concatenated(NamedTuple):
    """The tensor is the concatenation of `parts` on the channel axis."""

    parts: list


class Origins:
    """Remembers how the tensors of a new model came about.

    A rewritten layer may start from the origin of its input in the place of the input. An input that nobody
    uses any more is no part of the new model, which holds only what leads to its outputs.
    """

    def __init__(self):
        self._origins = {}  # by id, and with the tensor, so that no other tensor gets the same id

    def remember(self, tensor, origin):
        """Note the origin of a tensor, and return the tensor."""
        self._origins[id(tensor)] = tensor, origin
        return tensor

    def of(self, tensor, kind):
        """Return the origin of a tensor, or None if none of this kind is known."""
        _, origin = self._origins.get(id(tensor), (None, None))
        return origin if isinstance(origin, kind) else None
