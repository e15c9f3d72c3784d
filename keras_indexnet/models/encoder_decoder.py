import keras


class EncoderDecoder(keras.Model):
    """What all matting networks have in common: a functional model that knows its encoder and its options.

    Args:
        inputs: `keras.KerasTensor`, image and trimap.
        alpha: `keras.KerasTensor`.
        encoder_stages: list of `keras.Model`, the encoder.
        options: dict of the arguments that the network was built from. They become attributes and its config.
        **kwargs: `name`.
    """

    def __init__(self, inputs, alpha, encoder_stages, options, **kwargs):
        super().__init__(inputs, alpha, **kwargs)
        self.encoder_stages = encoder_stages
        self._options = tuple(options)
        for name, value in options.items():
            setattr(self, name, tuple(value) if isinstance(value, list) else value)  # JSON has no tuples

    def encoder_conventions(self):
        """Return the part of the config that must fit the encoder's weights, as a dict."""
        return {
            "image_mean": tuple(self.image_mean),
            "image_std": tuple(self.image_std),
            "encoder_epsilon": self.encoder_epsilon,
            "pads_block_input": self.pads_block_input,
        }

    def get_config(self):
        return {"name": self.name, **{name: getattr(self, name) for name in self._options}}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)
