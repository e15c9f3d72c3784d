from keras import layers, ops

MOST_RANK = 64


class Affinity(layers.Layer):
    """Predicts the kernels of A2U from products of features: a bilinear form of low rank.

    For a window of the features, x_c of channel c as a vector of its pixels, and rank r:

        z = P (sum over c of (U_c x_c) * (V_c x_c)) + b

    U_c and V_c are r x (pixels of the window), so that each product is a weighted sum of x_c(i) x_c(j) for all
    pairs of its pixels i and j; P has a column for each of the r and a row for each weight of the kernels.

    Args:
        outputs: int, the number of the kernels' weights.
        stride: int, the distance k of the windows.
        window: int, their side.
        rank: int, r.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`.

    Returns:
        Float tensor of shape `(B, H/k, W/k, outputs)`.

    Source: Dai et al., CVPR 2021, sec. 3.
    """

    def __init__(self, outputs, stride, window, rank, **kwargs):
        super().__init__(**kwargs)
        self.outputs, self.stride, self.window, self.rank = outputs, stride, window, rank

    def build(self, input_shape):
        common = {"data_format": "channels_last", "dtype": self.dtype_policy}
        self.factors = [
            layers.DepthwiseConv2D(
                self.window,
                strides=self.stride,
                padding="same",
                depth_multiplier=self.rank,
                use_bias=False,
                **common,
                name=name,
            )
            for name in ("u", "v")
        ]
        for factor in self.factors:
            factor.build(input_shape)
        self.projection = layers.Conv2D(self.outputs, 1, **common, name="p")
        self.projection.build((*input_shape[:-1], self.rank))

    def call(self, features):
        product = self.factors[0](features) * self.factors[1](features)
        # A depthwise convolution leaves the channels of one c side by side.
        sums = [ops.sum(product[..., r :: self.rank], axis=-1, keepdims=True) for r in range(self.rank)]
        return self.projection(ops.concatenate(sums, axis=-1))
