import math
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_indexnet.data.composition_recipe import ColourRanges, CompositionRecipe, recipe_of
from keras_indexnet.data.on_device.augmentation import blur, change_colours, compress, per_image
from keras_indexnet.data.on_device.counted_random import CountedRandom
from keras_indexnet.data.on_device.resampling import (
    interpolated,
    moved,
    nearest,
    places_of_squares,
)
from keras_indexnet.data.on_device.sample_bank import SampleBank
from keras_indexnet.data.trimap.levels import UNKNOWN
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import whole_number

CANDIDATES = (
    256  # random pixels of which the first unknown one is a crop's centre, as in `random_unknown_pixel`
)


class SampleComposer(keras.layers.Layer):
    """Composes training samples where they are trained on: sample numbers in, inputs and targets out.

    It takes the same steps by the same recipe as `MattingSequence`, for whole batches at once, in `keras.ops`.
    A sample depends on the seed and its number only: not on the batch, the backend or the device.

    What is not the same: pictures are cut into squares (`SampleBank`) and looked at by bilinear interpolation
    of their size, their half or their quarter, in place of OpenCV's kernels, with `random_kernel` of one that
    is too large for most, as kernels without a mean have it; and of a rotated crop the surroundings are seen,
    not a mirrored border.

    Args:
        bank: `SampleBank`. The layer keeps it as weights that are not trained.
        recipe: `"paper"`, `"strong"`, `"real"` or a `CompositionRecipe`.
        size: int, side of a sample in pixels, a multiple of 32.
        seed: int.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        numbers: integer tensor of shape `(B,)`, 0 to 2^31 - 1.

    Returns:
        Pair of the network's input, float32 of shape `(B, size, size, 4)`, RGB in 0..255 and the trimap, and
        the target that the losses expect (`matting_target`), float32 of shape `(B, size, size, 8)`.

    Raises:
        ValueError: if the size is no multiple of 32 or larger than the bank's squares, or there is no recipe of
            that name.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import data
    >>> foregrounds = data.ProceduralForegrounds(count=3, size=128)
    >>> bank = data.SampleBank([foregrounds], data.ProceduralBackgrounds(count=2, size=128), side=128)
    >>> inputs, target = data.SampleComposer(bank, recipe="strong", size=64)(np.arange(2))
    >>> tuple(inputs.shape), tuple(target.shape)
    ((2, 64, 64, 4), (2, 64, 64, 8))

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """

    def __init__(
        self,
        bank: SampleBank,
        recipe: str | CompositionRecipe = "paper",
        size: int = 320,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=False, dtype="float32", **kwargs)
        size = whole_number(size, "The size of a sample", multiple=32)
        if size > bank.side:
            raise IndexNetError(f"A sample of {size} pixels does not fit the bank's squares of {bank.side}.")
        self.recipe = recipe_of(recipe)
        self.size = size
        self.side = bank.side
        self.seed = whole_number(seed, "seed", least=0)
        self.pixels = self._kept(bank.foregrounds.pixels)
        self.frames = self._kept(bank.foregrounds.frames)
        self.distances = self._kept(bank.distances)
        self.upper_bounds = self._kept(bank.upper_bounds(self.recipe.by_information))
        self.background_pixels = self._kept(bank.backgrounds.pixels)
        self.background_frames = self._kept(bank.backgrounds.frames)
        self._bank = bank

    def _kept(self, array):
        return self.add_weight(
            shape=array.shape, dtype=str(array.dtype), initializer=lambda *_, **__: array, trainable=False
        )

    def renew(self, epoch: int) -> None:
        """Let the pictures go whose time is over in the bank, and take the next ones, before an epoch.

        Where pictures change, this takes as much of the device's memory again as the foregrounds' pixels, for
        a moment.

        Args:
            epoch: int, which one begins.
        """
        foregrounds, backgrounds = self._bank.renewed(epoch)
        for variable, pieces, what in (
            (self.pixels, foregrounds, "pixels"),
            (self.frames, foregrounds, "frame"),
            (self.distances, foregrounds, "distances"),
            (self.background_pixels, backgrounds, "pixels"),
            (self.background_frames, backgrounds, "frame"),
        ):
            if pieces:
                squares = np.array(list(pieces), np.int32)[:, None]
                values = np.stack([getattr(piece, what) for piece in pieces.values()])
                variable.assign(ops.scatter_update(variable, squares, values))
        if foregrounds:
            self.upper_bounds.assign(self._bank.upper_bounds(self.recipe.by_information))

    def call(self, numbers):
        recipe = self.recipe
        random = CountedRandom(self.seed, numbers)
        alpha, colours, unknown, crop = self._foreground(random)
        behind_alpha, behind, behind_unknown, _ = self._foreground(random)
        combined = random.happens(recipe.combine_share)[:, None, None]
        behind_alpha = ops.where(combined, behind_alpha, 0.0)
        unknown = ops.logical_or(
            unknown, ops.logical_and(combined, ops.logical_and(behind_unknown, alpha < 1.0))
        )
        alpha, colours = _one_over_the_other(alpha, colours, behind_alpha, behind)
        if recipe.texture_share:
            textured = per_image(random.happens(recipe.texture_share))
            colours = ops.where(textured, self._photograph(random, crop), colours)
        background = self._background(random, crop)
        image = background + alpha[..., None] * (colours - background)
        unknown = ops.logical_or(unknown, _soft_region(alpha))
        sample = ops.concatenate(
            [image, alpha[..., None], ops.cast(unknown, "float32")[..., None], colours, background], axis=-1
        )
        sample = ops.where(per_image(random.happens(recipe.flip_share)), ops.flip(sample, axis=2), sample)
        image, target = self._photographed(random, sample[..., :3]), sample[..., 3:]
        alpha, unknown = target[..., :1], target[..., 1:2]
        trimap = ops.where(unknown > 0.0, float(UNKNOWN), alpha * 255.0)
        return ops.concatenate([image * 255.0, trimap], axis=-1), target

    def _foreground(self, random):
        """Return alpha, colours and unknown region of random crops, and what was cut from which frames."""
        recipe = self.recipe
        bounds = self.upper_bounds
        square = ops.cast(ops.searchsorted(bounds, random.uniform(), side="right"), "int32")
        square = ops.minimum(square, bounds.shape[0] - 1)
        frame = ops.take(self.frames, square, axis=0)
        inside, outside = self._limits(random)
        pixel = self._unknown_pixel(random, square, frame, inside, outside)
        scale = ops.take(
            ops.convert_to_tensor(recipe.crop_scales, "float32"),
            random.integers(0, len(recipe.crop_scales) - 1),
        )
        side = ops.minimum(ops.round(self.size * scale), ops.cast(ops.min(frame, axis=1), "float32"))
        top, left = (
            ops.clip(
                ops.cast(pixel[:, axis], "float32") - ops.floor(side / 2.0),
                0.0,
                ops.cast(frame[:, axis], "float32") - side,
            )
            for axis in range(2)
        )
        places = moved(places_of_squares(top, left, side, self.size), self._affine(random))
        levels_less = ops.cast(random.integers(0, 2), "float32") if recipe.random_kernel else 0.0
        alpha, colours = interpolated(_flat(self.pixels), square, places, self.side, levels_less)
        alpha = ops.round(alpha * 255.0) / 255.0  # as files have it: nearly solid is solid
        near = nearest(_flat(self.distances), square, places, self.side)
        limits = ops.where(alpha > 0.5, inside[:, None, None], outside[:, None, None])
        colours = self._colours(random, colours, recipe.foreground_colours_share, recipe.foreground_colours)
        return alpha, colours, near <= limits, (top, left, side, frame)

    def _limits(self, random):
        """Draw how far the unknown region reaches into the sure foreground and into the sure background."""
        recipe = self.recipe
        wide = random.happens(recipe.wide_share)[:, None]
        limits = ops.where(
            wide,
            random.integers(*recipe.wide_distances, (2,)),
            random.integers(*recipe.unknown_distances, (2,)),
        )
        inside, outside = limits[:, 0], limits[:, 1]
        return (inside, outside) if recipe.separate_distances else (inside, inside)

    def _unknown_pixel(self, random, square, frame, inside, outside):
        """Choose a pixel of the unknown region, or the one next to it of those that were looked at."""
        rows, columns = (random.integers(0, frame[:, axis, None] - 1, (CANDIDATES,)) for axis in range(2))
        at = rows * self.side + columns
        distances, pixels = (
            ops.take(_flat(values), square[:, None] * values.shape[1] + at)
            for values in (self.distances, self.pixels)
        )
        distances, alpha = ops.cast(distances, "int32"), ops.bitwise_and(ops.right_shift(pixels, 24), 255)
        beyond = distances - ops.where(alpha > 127, inside[:, None], outside[:, None])
        chosen = ops.argmin(ops.maximum(beyond, 0), axis=1)[:, None]
        return ops.concatenate([ops.take_along_axis(each, chosen, axis=1) for each in (rows, columns)], axis=1)

    def _affine(self, random):
        """Draw linear maps; the identity for those that are left as they are."""
        recipe = self.recipe
        turned = ops.cast(random.happens(recipe.affine_share), "float32")
        angle = turned * random.uniform(-1.0, 1.0) * math.radians(recipe.rotation)
        lean = ops.tan(turned * random.uniform(-1.0, 1.0) * math.radians(recipe.shear))
        factor = ops.exp(turned * random.uniform(*(math.log(zoom) for zoom in recipe.zoom)))
        cosine, sine = ops.cos(angle), ops.sin(angle)
        rows = [[cosine, cosine * lean - sine], [sine, sine * lean + cosine]]
        return factor[:, None, None] * ops.stack([ops.stack(row, axis=-1) for row in rows], axis=1)

    def _colours(self, random, rgb, share, ranges: ColourRanges):
        changed = ops.cast(random.happens(share), "float32")

        def either_way(most, shape=()):
            drawn = random.uniform(-most, most, shape)
            return drawn * (changed[:, None] if shape else changed)

        return change_colours(
            rgb,
            either_way(ranges.hue),
            1.0 + either_way(ranges.saturation),
            1.0 + either_way(ranges.value),
            ops.exp(either_way(ranges.gamma)),
            1.0 + either_way(ranges.balance, (3,)),
        )

    def _photograph(self, random, crop):
        """Return parts of random photographs: those behind crops of frames, or any."""
        count = self.background_frames.shape[0]
        square = random.integers(0, count - 1)
        frame = ops.cast(ops.take(self.background_frames, square, axis=0), "float32")
        if self.recipe.background_covers_frame:
            top, left, side = _square_behind(random, crop, frame)
        else:
            largest = ops.cast(ops.min(frame, axis=1), "float32")
            least = ops.minimum(float(self.size), largest)
            side = ops.floor(random.uniform() * (largest - least + 1.0)) + least
            top, left = (ops.floor(random.uniform() * (frame[:, axis] - side + 1.0)) for axis in range(2))
        places = places_of_squares(top, left, side, self.size)
        return interpolated(_flat(self.background_pixels), square, places, self.side)[1]

    def _background(self, random, crop):
        recipe = self.recipe
        rgb = self._photograph(random, crop)
        rgb = self._colours(random, rgb, recipe.background_colours_share, recipe.background_colours)
        if recipe.background_blur_share:
            blurred = ops.cast(random.happens(recipe.background_blur_share), "float32")
            rgb = blur(rgb, blurred * random.uniform(*recipe.background_blur), recipe.background_blur[1])
        return rgb

    def _photographed(self, random, image):
        recipe = self.recipe
        if recipe.blur_share:
            blurred = ops.cast(random.happens(recipe.blur_share), "float32")
            image = blur(image, blurred * random.uniform(*recipe.blur), recipe.blur[1])
        if recipe.contrast_share:
            changed = ops.cast(random.happens(recipe.contrast_share), "float32")
            factor = 1.0 + changed * random.uniform(-recipe.contrast, recipe.contrast)
            image = ops.clip((image - 0.5) * per_image(factor) + 0.5, 0.0, 1.0)
        if recipe.noise_share:
            strength = ops.cast(random.happens(recipe.noise_share), "float32") * random.uniform(
                0.0, recipe.noise
            )
            image = ops.clip(image + per_image(strength) * random.normal((self.size, self.size, 3)), 0.0, 1.0)
        if recipe.jpeg_share:
            compressed = per_image(random.happens(recipe.jpeg_share))
            qualities = ops.cast(random.integers(*recipe.jpeg_qualities), "float32")
            image = ops.where(compressed, compress(image, qualities), image)
        return image

    def compute_output_spec(self, numbers):
        shape = (numbers.shape[0], self.size, self.size)
        return keras.KerasTensor((*shape, 4), "float32"), keras.KerasTensor((*shape, 8), "float32")


def _flat(squares):
    return ops.reshape(squares, (-1,))


def _soft_region(alpha):
    return ops.logical_and(alpha > 0.0, alpha < 1.0)


def _one_over_the_other(alpha, colours, behind_alpha, behind):
    """Lay foregrounds over others (`composition.combine_foregrounds`)."""
    combined = 1.0 - (1.0 - alpha) * (1.0 - behind_alpha)
    combined = ops.where(behind_alpha > 0.0, combined, alpha)  # exactly, where nothing is behind
    share = ops.where(combined > 0.0, alpha / ops.where(combined > 0.0, combined, 1.0), 1.0)[..., None]
    return combined, behind + share * (colours - behind)


def _square_behind(random, crop, photograph):
    """Find what lies behind crops when photographs cover their frames (`cropping.square_behind`)."""
    top, left, side, frame = crop
    scale = ops.max(ops.cast(frame, "float32") / photograph, axis=1)
    behind = ops.clip(ops.round(side / scale), 1.0, ops.min(photograph, axis=1))
    start = []
    for axis, at in enumerate((top, left)):
        room = photograph[:, axis] - ops.cast(frame[:, axis], "float32") / scale
        start.append(ops.minimum(ops.round(random.uniform() * room + at / scale), photograph[:, axis] - behind))
    return *start, behind
