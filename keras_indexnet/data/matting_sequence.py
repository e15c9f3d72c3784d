import keras
import numpy as np

from keras_indexnet.data.augmentation import random_blur, random_noise, random_tint
from keras_indexnet.data.composition import (
    combine_foregrounds,
    composite,
    crop_at_soft_pixel,
    random_background_crop,
)
from keras_indexnet.data.trimap import UNKNOWN, trimap_from_alpha


class MattingSequence(keras.utils.PyDataset):
    """Composes training samples on the fly, for `model.fit`.

    A sample is a crop of a foreground around a soft pixel, laid over a crop of a background, with a random
    trimap. The same seed gives the same samples whatever the number of workers.

    Args:
        foregrounds: list of foreground sources (`ImageFolder`, `ProceduralForegrounds` or anything with a
            length that gives uint8 arrays of shape `(H, W, 4)` by number).
        backgrounds: a source of uint8 arrays of shape `(H, W, 3)`, such as an `ImageFolder`.
        shares: list of floats, how often each source of foregrounds is drawn from; equal if None.
        batch_size: int.
        steps: int, batches in an epoch.
        size: int, side of a sample in pixels, a multiple of 32.
        crop_scales: tuple of floats; the crop's side is `size` times one of them, then resized to `size`.
        trimap_distances: pair of ints, the least and the largest dilation of the soft region in pixels.
        combine: float in [0, 1], share of samples with two foregrounds.
        augment: bool, whether colours, sharpness and noise are varied.
        seed: int.
        **kwargs: arguments of `keras.utils.PyDataset`, such as `workers`. Workers are threads: NumPy and OpenCV
            let several run at once, and they share the decoded images.

    A batch is a pair of the network's input, float32 of shape `(B, size, size, 4)`, RGB in 0..255 and the
    trimap, and the target that the losses expect, float32 of shape `(B, size, size, 8)` in [0, 1]: alpha,
    1 where unknown, foreground RGB, background RGB.

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """

    def __init__(
        self,
        foregrounds,
        backgrounds,
        shares=None,
        batch_size=16,
        steps=1000,
        size=320,
        crop_scales=(1.0, 1.5, 2.0),
        trimap_distances=(1, 19),
        combine=0.0,
        augment=True,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if size % 32:
            raise ValueError(f"The size of a sample is a multiple of 32, not {size}.")
        self.foregrounds = foregrounds
        self.backgrounds = backgrounds
        self.shares = np.asarray(shares if shares is not None else [1.0] * len(foregrounds), float)
        self.batch_size = batch_size
        self.steps = steps
        self.size = size
        self.crop_scales = crop_scales
        self.trimap_distances = trimap_distances
        self.combine = combine
        self.augment = augment
        self.seed = seed
        self.epoch = 0

    def __len__(self):
        return self.steps

    def __getitem__(self, batch):
        first = batch * self.batch_size
        samples = [self.sample(first + offset) for offset in range(self.batch_size)]
        inputs, targets = zip(*samples, strict=True)
        return np.stack(inputs), np.stack(targets)

    def on_epoch_end(self):
        self.epoch += 1

    def sample(self, number):
        """Return the input and the target of one sample of this epoch, without the batch axis."""
        rng = np.random.default_rng([self.seed, self.epoch, number])
        alpha, foreground = self._foreground(rng)
        if rng.random() < self.combine:
            alpha, foreground = combine_foregrounds(alpha, foreground, *self._foreground(rng))
        background = self._background(rng)
        if rng.random() < 0.5:
            alpha, foreground = alpha[:, ::-1], foreground[:, ::-1]
        trimap = trimap_from_alpha(alpha, rng.integers(*self.trimap_distances, endpoint=True))
        image = composite(alpha, foreground, background)
        if self.augment and rng.random() < 0.5:
            image = random_noise(rng, image)
        inputs = np.dstack([image * 255.0, trimap]).astype(np.float32)
        target = np.dstack([alpha, trimap == UNKNOWN, foreground, background]).astype(np.float32)
        return inputs, target

    def _foreground(self, rng):
        source = self.foregrounds[rng.choice(len(self.foregrounds), p=self.shares / self.shares.sum())]
        rgba = source[rng.integers(len(source))]
        crop_size = round(self.size * rng.choice(self.crop_scales))
        alpha, foreground = crop_at_soft_pixel(rng, rgba, crop_size, self.size)
        if self.augment and rng.random() < 0.5:
            foreground = random_tint(rng, foreground)
        return alpha, foreground

    def _background(self, rng):
        image = self.backgrounds[rng.integers(len(self.backgrounds))]
        background = random_background_crop(rng, image, self.size)
        if self.augment and rng.random() < 0.5:
            background = random_tint(rng, background)
        if self.augment and rng.random() < 0.3:
            background = random_blur(rng, background)
        return background
