from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import cv2
import keras
import numpy as np

from keras_indexnet.data.augmentation import (
    random_blur,
    random_colours,
    random_contrast,
    random_jpeg,
    random_noise,
)
from keras_indexnet.data.byte_cache import GIBIBYTE, ByteCache
from keras_indexnet.data.composition import combine_foregrounds, composite
from keras_indexnet.data.composition_recipe import CompositionRecipe, recipe_of
from keras_indexnet.data.cropping import (
    cut,
    random_square,
    random_unknown_pixel,
    square_around,
    square_behind,
)
from keras_indexnet.data.image_source import ImageSource
from keras_indexnet.data.resampling import (
    TURNING,
    random_affine,
    random_kernel,
    resized,
    resized_foreground,
    turned,
    turned_foreground,
)
from keras_indexnet.data.trimap import (
    UNKNOWN,
    distance_to_soft_region,
    information,
    soft_region,
    unknown_region,
)
from keras_indexnet.given_numbers import part_of_batch, whole_number
from keras_indexnet.matting_target import matting_target


class MattingSequence(keras.utils.PyDataset):
    """Composes training samples on the fly, for `model.fit`.

    A sample is a crop of a foreground around an unknown pixel, laid over a part of a background, with a random
    trimap. It depends on the seed, the epoch and its number only, whatever the number of workers. The attribute
    `epoch` counts the epochs; of a run that goes on, `training.Checkpoint` sets it.

    Args:
        foregrounds: list of foreground sources (`ImageFolder`, `ProceduralForegrounds` or anything with a
            length that gives uint8 arrays of shape `(H, W, 4)` by number).
        backgrounds: a source of uint8 arrays of shape `(H, W, 3)`, such as an `ImageFolder`.
        recipe: `"paper"`, `"strong"`, `"real"` or a `CompositionRecipe`.
        shares: list of floats, how often each source of foregrounds is drawn from; equal if None.
        batch_size: int.
        steps: int, batches in an epoch.
        size: int, side of a sample in pixels, a multiple of 32.
        seed: int.
        cache_bytes: int, how many bytes of maps of the distance to the soft region are kept in memory, a byte
            for each pixel of a foreground; half a GiB unless told otherwise. What the sources keep comes on
            top.
        part: pair of ints, which of how many equal parts of each batch is made: that of one of several
            processes that train together.
        **kwargs: arguments of `keras.utils.PyDataset`, such as `workers`. Workers are threads: NumPy and OpenCV
            let several run at once, and they share the decoded images.

    A batch is a pair of the network's input, float32 of shape `(B, size, size, 4)`, RGB in 0..255 and the
    trimap, and the target that the losses expect (`matting_target`), float32 of shape `(B, size, size, 8)`.
    Known pixels have exactly the trimap's alpha.

    Raises:
        ValueError: if the size is no multiple of 32 or there is no recipe of that name.

    Example:

    >>> from keras_indexnet import data
    >>> foregrounds = data.ProceduralForegrounds(count=10, size=128)
    >>> backgrounds = data.ProceduralBackgrounds(count=10, size=128)
    >>> sequence = data.MattingSequence([foregrounds], backgrounds, recipe="strong", batch_size=2, size=64)
    >>> inputs, target = sequence[0]
    >>> inputs.shape, target.shape
    ((2, 64, 64, 4), (2, 64, 64, 8))

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """

    def __init__(
        self,
        foregrounds: Sequence[ImageSource],
        backgrounds: ImageSource,
        recipe: str | CompositionRecipe = "paper",
        shares: Sequence[float] | None = None,
        batch_size: int = 16,
        steps: int = 1000,
        size: int = 320,
        seed: int = 0,
        cache_bytes: int = GIBIBYTE // 2,
        part: tuple[int, int] = (0, 1),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.foregrounds = foregrounds
        self.backgrounds = backgrounds
        self.recipe = recipe_of(recipe)
        self.shares = np.asarray(shares if shares is not None else [1.0] * len(foregrounds), float)
        self.batch_size = whole_number(batch_size, "batch_size")
        self.steps = whole_number(steps, "steps")
        self.size = whole_number(size, "The size of a sample", multiple=32)
        self.seed = whole_number(seed, "seed", least=0)
        self.part = part_of_batch(part, batch_size)
        self.epoch = 0
        self._distances = ByteCache(cache_bytes)

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
        index, count = self.part
        first = batch * self.batch_size
        numbers = np.split(np.arange(first, first + self.batch_size), count)[index]
        samples = [self.sample(int(number)) for number in numbers]
        inputs, targets = zip(*samples, strict=True)
        return np.stack(inputs), np.stack(targets)

    def on_epoch_end(self):
        self.epoch += 1  # Keras calls this between two epochs, when no worker runs

    def sample(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the input and the target of one sample of this epoch, without the batch axis."""
        rng = np.random.default_rng([self.seed, self.epoch, number])
        alpha, foreground, unknown, square, frame = self._foreground(rng)
        if rng.random() < self.recipe.combine_share:
            behind_alpha, behind, behind_unknown, *_ = self._foreground(rng)
            unknown |= behind_unknown & (alpha < 1.0)
            alpha, foreground = combine_foregrounds(alpha, foreground, behind_alpha, behind)
        # Without a draw where a share is 0: recipes that are older than the step keep their samples.
        if self.recipe.texture_share and rng.random() < self.recipe.texture_share:
            foreground = self._photograph(rng, square, frame)
        background = self._background(rng, square, frame)
        if rng.random() < self.recipe.flip_share:
            alpha, foreground, unknown, background = (
                image[:, ::-1] for image in (alpha, foreground, unknown, background)
            )
        # Resizing makes a soft pixel out of a hard edge; the trimap must not claim to know its alpha.
        unknown = unknown | soft_region(alpha)
        trimap = np.where(unknown, np.float32(UNKNOWN), alpha * 255.0)
        image = self._photographed(rng, composite(alpha, foreground, background))
        inputs = cv2.merge([image * 255.0, trimap])
        return inputs, matting_target(alpha, unknown, foreground, background)

    def _foreground(self, rng):
        """Return alpha, colours and unknown region of a random crop, and which square of which frame it is."""
        recipe = self.recipe
        rgba, distances = self._random_foreground(rng)
        frame = distances.shape
        limits = self._random_limits(rng)
        pixel = random_unknown_pixel(rng, rgba[..., 3], distances, limits)
        square = square_around(pixel, round(self.size * rng.choice(recipe.crop_scales)), frame)
        rgba, distances = cut(rgba, square), cut(distances, square)
        kernel = random_kernel(rng, rgba, self.size) if recipe.random_kernel else None
        rgba = resized_foreground(rgba, self.size, kernel)
        distances = resized(distances, self.size, cv2.INTER_NEAREST_EXACT)
        if rng.random() < recipe.affine_share:
            matrix = random_affine(rng, self.size, recipe.rotation, recipe.zoom, recipe.shear)
            rgba = turned_foreground(rgba, matrix, int(rng.choice(TURNING)))
            distances = turned(distances, matrix, cv2.INTER_NEAREST)
        alpha, colours = rgba[..., 3], cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB) / np.float32(255.0)
        if rng.random() < recipe.foreground_colours_share:
            colours = random_colours(rng, colours, **asdict(recipe.foreground_colours))
        unknown = unknown_region(alpha, distances, limits)
        return alpha / np.float32(255.0), colours, unknown, square, frame

    def _random_foreground(self, rng):
        which = rng.choice(len(self.foregrounds), p=self.shares / self.shares.sum())
        while True:
            rgba, distances = self._picture(which, rng.integers(len(self.foregrounds[which])))
            if not self.recipe.by_information or rng.random() < information(distances):
                return rgba, distances

    def _picture(self, which, number):
        rgba = self.foregrounds[which][number]
        return rgba, self._distances.get((which, number), lambda: distance_to_soft_region(rgba[..., 3]))

    def _random_limits(self, rng):
        """Draw how far the unknown region reaches into the sure foreground and into the sure background."""
        recipe = self.recipe
        wide = rng.random() < recipe.wide_share
        distances = recipe.wide_distances if wide else recipe.unknown_distances
        inside, outside = rng.integers(*distances, size=2, endpoint=True)
        return (inside, outside) if recipe.separate_distances else (inside, inside)

    def _background(self, rng, square, frame):
        recipe = self.recipe
        background = self._photograph(rng, square, frame)
        if rng.random() < recipe.background_colours_share:
            background = random_colours(rng, background, **asdict(recipe.background_colours))
        if rng.random() < recipe.background_blur_share:
            background = random_blur(rng, background, recipe.background_blur)
        return background

    def _photograph(self, rng, square, frame):
        """Return a part of a random photograph: the one behind a square of a frame, or any."""
        photograph = self.backgrounds[rng.integers(len(self.backgrounds))]
        if self.recipe.background_covers_frame:
            behind = square_behind(rng, square, frame, photograph.shape[:2])
        else:
            behind = random_square(rng, self.size, photograph.shape[:2])
        return resized(cut(photograph, behind), self.size) / np.float32(255.0)

    def _photographed(self, rng, image):
        if self.recipe.blur_share and rng.random() < self.recipe.blur_share:
            image = random_blur(rng, image, self.recipe.blur)
        if self.recipe.contrast_share and rng.random() < self.recipe.contrast_share:
            image = random_contrast(rng, image, self.recipe.contrast)
        if rng.random() < self.recipe.noise_share:
            image = random_noise(rng, image, self.recipe.noise)
        if rng.random() < self.recipe.jpeg_share:
            image = random_jpeg(rng, image, self.recipe.jpeg_qualities)
        return image
