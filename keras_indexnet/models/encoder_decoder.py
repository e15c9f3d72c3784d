import keras


class EncoderDecoder(keras.Model):
    """What all matting networks have in common: a functional model that knows its encoder and its options.

    Args:
        inputs: `keras.KerasTensor`, image and trimap.
        alpha: `keras.KerasTensor`.
        encoder_stages: list of `keras.Model`, the encoder.
        options: dict of the arguments that the network was built from. They become attributes and its config.
        name: str.
        **unknown: refused. Keras would ignore them, and with them every misspelt option.

    Raises:
        ValueError: if there are arguments that the network does not have.

    The config has neither the dtype policy nor what is frozen: a loaded network computes in the policy that is
    in force, and all of it can be trained.
    """

    size_multiple = 1  # what height and width of the input have to be multiples of

    def __init__(self, inputs, alpha, encoder_stages, options, name=None, **unknown):
        if unknown:
            known = ", ".join(("name", *options))
            raise ValueError(f"{type(self).__name__} has no argument {', '.join(unknown)}; it has {known}.")
        super().__init__(inputs, alpha, name=name)
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
