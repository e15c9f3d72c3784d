from dataclasses import dataclass, field
from math import inf
from numbers import Real
from reprlib import repr as shortened

from keras_indexnet.errors import IndexNetError

# Least and most of a recipe's numbers, beside shares and distances. Of two, the lesser is first.
LIMITS = {
    "crop_scales": (0.01, 100),
    "rotation": (0, inf),
    "zoom": (0.01, 100),
    "shear": (0, 89),
    "background_blur": (0, inf),
    "blur": (0, inf),
    "contrast": (0, 1),
    "noise": (0, 1),
    "jpeg_qualities": (0, 100),
}


@dataclass(frozen=True)
class ColourRanges:
    """How far `random_colours` may change an image; all zero leaves it as it is."""

    hue: float = 0.0  # degrees, either way
    saturation: float = 0.0  # factors differ from 1 by at most this
    value: float = 0.0  # the same
    gamma: float = 0.0  # the logarithm of the exponent, either way
    balance: float = 0.0  # factors of red, green and blue differ from 1 by at most this


@dataclass(frozen=True)
class CompositionRecipe:
    """All numbers by which `MattingSequence` composes samples. A share is the probability of a step.

    Raises:
        ValueError: if a share is not between 0 and 1, a distance not between 1 and 254 pixels, or another
            number out of its range.

    Example:

    >>> from dataclasses import replace
    >>> from keras_indexnet.data import STRONG, CompositionRecipe
    >>> three_scales = CompositionRecipe(crop_scales=(1.0, 2.0, 3.0))
    >>> without_jpeg = replace(STRONG, jpeg_share=0.0)
    """

    crop_scales: tuple[float, ...] = (1.0,)  # the crop's side over the sample's, each equally likely
    background_covers_frame: bool = True  # False: any square of the photograph, at least as large as the sample
    flip_share: float = 0.0  # left and right exchanged

    # Pixels by which the soft region is dilated to the unknown region, on the whole foreground.
    unknown_distances: tuple[int, int] = (1, 1)  # least and greatest, whole numbers, each equally likely
    wide_share: float = 0.0  # how often it is these instead
    wide_distances: tuple[int, int] = (1, 1)
    separate_distances: bool = False  # one distance towards the foreground, another towards the background

    combine_share: float = 0.0  # a second foreground behind the first
    by_information: bool = False  # of a source, foregrounds with more that is soft more often (`information`)
    texture_share: float = 0.0  # a part of a photograph in place of the foreground's colours

    random_kernel: bool = False  # any interpolation; else area to shrink, cubic to enlarge
    affine_share: float = 0.0  # of foregrounds rotated, magnified and sheared about the sample's centre
    rotation: float = 0.0  # degrees, either way
    zoom: tuple[float, float] = (1.0, 1.0)  # least and greatest magnification
    shear: float = 0.0  # degrees, either way

    foreground_colours_share: float = 0.0
    foreground_colours: ColourRanges = field(default_factory=ColourRanges)
    background_colours_share: float = 0.0
    background_colours: ColourRanges = field(default_factory=ColourRanges)
    background_blur_share: float = 0.0
    background_blur: tuple[float, float] = (0.5, 0.5)  # least and greatest standard deviation, pixels

    # What a camera does to the composite. The colours of the target stay clean.
    blur_share: float = 0.0
    blur: tuple[float, float] = (0.3, 0.3)  # least and greatest standard deviation, pixels
    contrast_share: float = 0.0
    contrast: float = 0.0  # factors of the distance from the middle grey differ from 1 by at most this
    noise_share: float = 0.0
    noise: float = 0.0  # greatest standard deviation, colours being in [0, 1]
    jpeg_share: float = 0.0
    jpeg_qualities: tuple[int, int] = (100, 100)  # least and greatest

    def __post_init__(self):
        for least, greatest in (self.unknown_distances, self.wide_distances):
            if not 1 <= least <= greatest <= 254:
                raise IndexNetError(
                    "The soft region is dilated by 1 to 254 pixels, the lesser number first, "
                    f"not by {least} to {greatest}."
                )
        for name, value in vars(self).items():
            _check(name, value, (0, 1) if name.endswith("_share") else LIMITS.get(name))
        if not self.crop_scales:
            raise IndexNetError("The recipe's crop_scales are one number or more.")


def _check(name, value, limits):
    """Refuse numbers out of their range; what is no number, its type tells, wherever a recipe is read."""
    values = value if isinstance(value, tuple | list) else (value,)
    if limits is None or not all(isinstance(number, Real) for number in values):
        return
    least, most = limits
    if not all(least <= number <= most for number in values):
        raise IndexNetError(f"The recipe's {name} lies from {least} to {most}, not at {value}.")
    if name != "crop_scales" and list(values) != sorted(values):
        raise IndexNetError(f"The recipe's {name} are the lesser number and the greater, not {value}.")


# Lu et al., ICCV 2019, sec. 5.1, and nothing else.
PAPER = CompositionRecipe(
    crop_scales=(1.0, 1.5, 2.0),  # 320, 480 and 640 pixels for samples of 320
    flip_share=0.5,
    unknown_distances=(1, 19),
)

# What later work adds, so that networks stand photographs that nobody composed: Li & Lu, AAAI 2020 (affine
# maps, colours, two foregrounds, kernels, two distances); Hou & Liu, ICCV 2019 (JPEG, blur, gamma); Dai et al.,
# CVPR 2022 (noise).
STRONG = CompositionRecipe(
    crop_scales=(1.0, 1.5, 2.0, 3.0),  # 3 shows how foregrounds look from afar
    background_covers_frame=False,  # a photograph smaller than the foreground would always be blurred
    flip_share=0.5,
    unknown_distances=(1, 29),  # Li & Lu
    wide_share=0.1,  # trimaps painted in a hurry
    wide_distances=(30, 80),
    separate_distances=True,
    combine_share=0.5,  # Li & Lu
    random_kernel=True,
    affine_share=0.5,  # the other half keeps pixels that were not resampled
    rotation=30.0,  # Li & Lu
    zoom=(0.8, 1.25),  # Li & Lu
    shear=10.0,  # Li & Lu
    foreground_colours_share=0.8,  # the rest keeps true colours
    foreground_colours=ColourRanges(hue=40.0, saturation=0.3, value=0.3, gamma=0.3, balance=0.15),
    background_colours_share=0.5,
    background_colours=ColourRanges(hue=20.0, saturation=0.15, value=0.15, gamma=0.15, balance=0.08),
    background_blur_share=0.3,
    background_blur=(0.5, 4.0),
    noise_share=0.5,
    noise=0.03,  # about 8 of 255, a photograph taken in bad light
    jpeg_share=0.3,
    jpeg_qualities=(70, 95),
)

# For photographs as they come: milder than STRONG where that makes samples that no camera sees, and all that is
# done to a picture on its way to us: out of focus, noise, contrast, JPEG (Yu et al., CVPR 2021, "real-world
# augmentation"). Now and then a foreground's colours do not tell what it is.
REAL = CompositionRecipe(
    crop_scales=(0.67, 1.0, 1.5, 2.0),
    background_covers_frame=False,
    flip_share=0.5,
    unknown_distances=(1, 26),
    wide_share=0.13,
    wide_distances=(26, 70),
    separate_distances=True,
    by_information=True,
    combine_share=0.3,
    texture_share=0.1,
    random_kernel=True,
    affine_share=0.4,
    rotation=25.0,
    zoom=(0.8, 1.5),
    shear=8.0,
    foreground_colours_share=0.6,
    foreground_colours=ColourRanges(hue=25.0, saturation=0.3, value=0.25, gamma=0.25, balance=0.1),
    background_colours_share=0.4,
    background_colours=ColourRanges(hue=15.0, saturation=0.2, value=0.2, gamma=0.2, balance=0.08),
    background_blur_share=0.35,
    background_blur=(0.5, 4.0),
    blur_share=0.2,
    blur=(0.3, 1.2),
    contrast_share=0.5,
    contrast=0.2,
    noise_share=0.5,
    noise=0.025,
    jpeg_share=0.5,
    jpeg_qualities=(40, 95),
)

COMPOSITION_RECIPES = {"paper": PAPER, "strong": STRONG, "real": REAL}


def recipe_of(recipe):
    """Return the `CompositionRecipe` of a name, and a recipe as it is."""
    if not isinstance(recipe, str):
        return recipe
    if recipe not in COMPOSITION_RECIPES:
        raise IndexNetError(
            f"The recipes are {', '.join(COMPOSITION_RECIPES)}; there is no {shortened(recipe)}."
        )
    return COMPOSITION_RECIPES[recipe]
