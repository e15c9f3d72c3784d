from typing import Self

import keras
from keras import saving

from keras_indexnet import layers
from keras_indexnet.errors import IndexNetError
from keras_indexnet.models.matting_network import MattingNetwork, Presets
from keras_indexnet.paths import StrPath


@saving.register_keras_serializable(package="keras_indexnet")
class ImageMatting(keras.Model):
    """Predicts the alpha of photographs as image files have them: a matting network with its preprocessor.

    It is what keras-hub calls a task: `predict` takes uint8 photographs and trimaps of any size, `save` and
    `export` write them into the file with the network. Large photographs want memory, about 1 kB for a pixel;
    `predict_alpha` computes these in tiles.

    Args:
        network: a matting network, which becomes the attribute `network`.
        preprocessor: `layers.MattingPreprocessor`, or a layer with the same call arguments. None: one of the
            multiple that the network needs.
        name: str.

    Call arguments:
        inputs: dict of `"image"`, uint8 tensor of shape `(B, H, W, 3)`, RGB, and `"trimap"`, uint8 tensor of
            shape `(B, H, W)`: 0 background, 255 foreground, and unknown between.
        training: bool.

    Returns:
        float32 tensor of shape `(B, H, W, 1)` in [0, 1].

    Raises:
        ValueError: if image or trimap are not uint8, or have other shapes.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import models
    >>> matting = models.ImageMatting.from_preset("indexnet_light")
    >>> photograph, trimap = np.zeros((45, 60, 3), "uint8"), np.full((45, 60), 128, "uint8")
    >>> matting.predict({"image": photograph[np.newaxis], "trimap": trimap[np.newaxis]}, verbose=0).shape
    (1, 45, 60, 1)
    """

    presets = Presets()

    def __init__(
        self, network: keras.Model, preprocessor: keras.layers.Layer | None = None, name: str | None = None
    ) -> None:
        if preprocessor is None:
            preprocessor = layers.MattingPreprocessor(getattr(network, "size_multiple", 1), dtype="float32")
        inputs = {
            "image": keras.Input((None, None, 3), dtype="uint8", name="image"),
            "trimap": keras.Input((None, None), dtype="uint8", name="trimap"),
        }
        alpha = network(preprocessor(inputs["image"], inputs["trimap"]))
        postprocessor = layers.MattingPostprocessor(dtype="float32", name="postprocessor")
        super().__init__(inputs, postprocessor(alpha, inputs["trimap"]), name=name)
        self.network = network
        self.preprocessor = preprocessor

    def call(self, inputs, training=None, mask=None):
        for name in ("image", "trimap"):
            dtype = keras.backend.standardize_dtype(inputs[name].dtype)
            if dtype != "uint8":  # which Keras would cast: of a float photograph in [0, 1] nothing is left
                raise IndexNetError(f"ImageMatting's {name} is uint8, 0 to 255, not {dtype}.")
        return super().call(inputs, training=training, mask=mask)

    @classmethod
    def from_preset(
        cls, preset: StrPath, load_weights: bool = True, dtype: str | keras.DTypePolicy | None = None
    ) -> Self:
        """Build the model of a preset; the arguments and errors are those of `MattingNetwork.from_preset`."""
        return cls(MattingNetwork.from_preset(preset, load_weights, dtype))

    def save_to_preset(self, preset_dir: StrPath) -> None:
        """Write the network to a folder, as its own `save_to_preset` does."""
        self.network.save_to_preset(preset_dir)

    def get_config(self):
        return {
            "network": saving.serialize_keras_object(self.network),
            "preprocessor": saving.serialize_keras_object(self.preprocessor),
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        parts = {
            part: saving.deserialize_keras_object(config[part], custom_objects)
            for part in ("network", "preprocessor")
        }
        return cls(**{**config, **parts})
