import numpy as np

from keras_indexnet import data
from keras_indexnet.data.trimap import BACKGROUND, FOREGROUND, UNKNOWN
from keras_indexnet.data.trimap.levels import eight_bit_levels
from keras_indexnet.errors import IndexNetError
from keras_indexnet.inference.selecting import SELECTING_MODEL, select_subject

MUCH_UNKNOWN = 0.25  # of the pixels


def make_trimap(image, trimap=None, mask=None, box=None, strokes=None, width=0.02, auto=None, auto_model=None):
    """Make the trimap of a photograph from what there is: a trimap, a mask, a box, strokes, or nothing.

    Args:
        image: uint8 array of shape `(H, W, 3)`, RGB.
        trimap, mask, strokes: what `data.read_trimap`, `read_mask` and `read_strokes` read, or an array of
            shape `(H, W)`; or None. Strokes correct what else is given.
        box: four ints, str as for `data.read_box`, or None.
        width: as for `data.trimap_from_mask`.
        auto: str, the model that selects the subject, or None: `SELECTING_MODEL`, where there is nothing else.
        auto_model: str or path, the file of that model, or None.

    Returns:
        Pair of the trimap, uint8 of shape `(H, W)` with the values 0, 128 and 255, and a list of sentences:
        what was changed about what was given, and what is unlikely to be meant.

    Raises:
        ValueError: if there are several of them, or no trimap can be made of what there is.
    """
    automatic = auto if auto_model is None else auto_model
    given = {"a trimap": trimap, "a mask": mask, "a box": box, "an automatic selection": automatic}
    given = [name for name, value in given.items() if value is not None]
    if len(given) > 1:
        raise IndexNetError(f"There are {given[0]} and {given[1]}; only one of them can be followed.")
    shape, notes = image.shape[:2], []
    if strokes is not None:
        strokes = eight_bit_levels(_read(strokes, data.read_strokes), "strokes")
        strokes, notes = data.fit_to_photograph(strokes, shape, "picture of the strokes")
    if box is not None:
        box = data.read_box(box, shape) if isinstance(box, str) else box
        made = data.trimap_from_box(image, box, strokes, width)
    elif strokes is not None and not given:
        made = data.trimap_from_strokes(image, strokes, width)
    else:
        if trimap is not None:
            made, changes = data.standardize_trimap(_read(trimap, data.read_trimap), shape)
        elif mask is not None:
            mask = data.eight_bit_matte(_read(mask, data.read_mask))
            mask, changes = data.fit_to_photograph(mask, shape, "mask")
            made = data.trimap_from_mask(mask, width)
        else:
            selected = select_subject(image, auto or SELECTING_MODEL, auto_model)
            made, changes = data.trimap_from_mask(selected, width), []
        notes += changes
        if strokes is not None:
            made = data.correct_trimap(image, made, strokes, width)
    if trimap is None:
        notes += _doubts(made, can_be_less=mask is None)
    return made, notes


def _read(picture, read):
    return picture if isinstance(picture, np.ndarray) else read(picture)


def _doubts(trimap, can_be_less):
    """What is unlikely to be meant about a trimap that was made, a sentence each."""
    for level, name in ((FOREGROUND, "foreground"), (BACKGROUND, "background")):
        if not (trimap == level).any():
            yield f"No sure {name} is left in the trimap; choose a smaller width."
    unknown = (trimap == UNKNOWN).mean()
    if can_be_less and unknown > MUCH_UNKNOWN:
        yield (
            f"{unknown:.0%} of the trimap are unknown; strokes over what is clear, or a black ring around the "
            "subject, make it less."
        )
