from typing import NamedTuple

from keras import KerasTensor
from keras.layers import Layer

from keras_indexnet.graphs.convolution import Convolution


class Convolved(NamedTuple):
    """The tensor is `convolution(features)`."""

    convolution: Convolution
    features: KerasTensor


class Activated(NamedTuple):
    """The tensor is `activation(convolution(features))`."""

    convolution: Convolution
    features: KerasTensor
    activation: Layer


class Concatenated(NamedTuple):
    """The tensor is the concatenation of `parts` on the channel axis."""

    parts: list


class Interleaved(NamedTuple):
    """The tensor has `parts` at the `size x size` positions of its regions."""

    parts: list
    size: int


class Product(NamedTuple):
    """The tensor is the product of `factors`."""

    factors: tuple


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

    def of(self, tensor, kind=object):
        """Return the origin of a tensor, or None if none, or none of this kind, is known."""
        _, origin = self._origins.get(id(tensor), (None, None))
        return origin if isinstance(origin, kind) else None
