from typing import Self

import keras

from keras_indexnet.errors import IndexNetError
from keras_indexnet.layers import AlphaRefinement
from keras_indexnet.layers.block_layout import check_divisible
from keras_indexnet.models.conventions import Conventions, conventions_of, up_to_date
from keras_indexnet.models.preset_folder import save_preset_folder
from keras_indexnet.paths import StrPath

REFINEMENT = "refinement"  # name of the layer


class EncoderDecoder(keras.Model):
    """What all matting networks have in common: a functional model that knows its encoder and its arguments.

    A subclass builds its graph and hands it on with its arguments. These become attributes and, with the name,
    the precision and what is frozen, the config: a saved network comes back as it was.

    Args:
        inputs: `keras.KerasTensor`, image and trimap.
        alpha: `keras.KerasTensor`.
        encoder_stages: list of `keras.Model`, the encoder.
        refinement: bool, whether `layers.AlphaRefinement` corrects alpha. None: a subclass without that option.
        name: str.
        dtype: str or `keras.DTypePolicy` that the layers were built with. None: the global one.
        trainable: bool. False freezes all layers.
        **options: the other arguments of the subclass. `conventions` is one of them (see `models.conventions`).
    """

    encoder = "mobilenet_v2"
    width = 1.0
    refinement = False

    def __init__(self, inputs, alpha, encoder_stages, *, name, dtype, trainable, refinement=None, **options):
        if refinement:
            correction = AlphaRefinement(dtype=dtype, name=REFINEMENT)(inputs, alpha)
            alpha = keras.layers.Add(dtype="float32", name="refined_alpha")([alpha, correction])
        super().__init__(inputs, alpha, name=name, trainable=trainable)
        self.dtype_policy = keras.dtype_policies.get(dtype)
        self.encoder_stages = encoder_stages
        if refinement is not None:
            options["refinement"] = bool(refinement)
        self._options = tuple(options)
        for option, value in options.items():
            setattr(self, option, value)

    @property
    def size_multiple(self) -> int:
        """int, what height and width of the input have to be multiples of."""
        return 1

    def call(self, inputs, training=None, mask=None):
        check_divisible(inputs.shape, self.size_multiple, type(self).__name__)
        return super().call(inputs, training=training, mask=mask)

    def encoder_conventions(self) -> Conventions:
        """Return the `Conventions` that the encoder's weights have to fit."""
        return conventions_of(self.conventions, self.encoder)

    def with_dtype(self, dtype: str | keras.DTypePolicy) -> Self:
        """Return a copy that computes in another precision, not compiled.

        Args:
            dtype: str or `keras.DTypePolicy`, such as `"float32"` or `"mixed_bfloat16"`.
        """
        copy = type(self).from_config({**self.get_config(), "dtype": dtype})
        copy.set_weights(self.get_weights())
        return copy

    def with_refinement(self) -> Self:
        """Return a copy with `layers.AlphaRefinement` behind it, which changes nothing until it is trained.

        Raises:
            ValueError: if the network has one already.
        """
        if self.refinement:
            raise IndexNetError(f"The network {self.name} has a refinement already.")
        refined = type(self).from_config({**self.get_config(), "refinement": True})
        for layer in self.layers:
            refined.get_layer(layer.name).set_weights(layer.get_weights())
        return refined

    def save_to_preset(self, preset_dir: StrPath) -> None:
        """Write the network to a folder, config and weights, which `MattingNetwork.from_preset` opens.

        Args:
            preset_dir: str or path of the folder, which is made. One that `save_to_preset` wrote is replaced.

        Raises:
            ValueError: if the folder holds something else.
            OSError: if it cannot be written.
        """
        save_preset_folder(self, preset_dir)

    def get_config(self):
        return {
            **{option: getattr(self, option) for option in self._options},
            "name": self.name,
            "dtype": self.dtype_policy.name,
            "trainable": self.trainable,
            "frozen": _frozen(self) if self.trainable else [],
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        arguments = up_to_date(dict(config))
        frozen = arguments.pop("frozen", [])
        network = cls(**arguments)
        layers = dict(_layers(network))
        for path in frozen:
            layers[path].trainable = False
        return network


def _frozen(network):
    """Return the paths of the layers that are frozen, those in a frozen layer left out."""
    frozen = []
    for path, layer in _layers(network):
        if not layer.trainable and not path.startswith(tuple(f"{other}/" for other in frozen)):
            frozen.append(path)
    return frozen


def _layers(parent, path=""):
    """Yield every layer with its path: names in a graph, numbers where Keras counts up the names."""
    is_graph = hasattr(parent, "operations")
    for number, layer in enumerate(parent.layers if is_graph else parent._flatten_layers(False, False)):
        inner = f"{path}{layer.name if is_graph else number}"
        yield inner, layer
        yield from _layers(layer, f"{inner}/")
