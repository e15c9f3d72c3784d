import numpy as np

from keras_indexnet import data
from keras_indexnet.data.trimap import BACKGROUND, FOREGROUND, UNKNOWN
from keras_indexnet.data.trimap.levels import eight_bit_levels
from keras_indexnet.errors import IndexNetError
from keras_indexnet.inference.selecting import SELECTING_MODEL, select_subject

MUCH_UNKNOWN = 0.25  # of the pixels


def make_trimap(
    image, trimap=None, mask=None, box=None, strokes=None, width=0.02, auto=SELECTING_MODEL, auto_model=None
):
    """Make the trimap of a photograph from what there is: a trimap, a mask, a box, strokes, or nothing.

    Args:
        image: uint8 array of shape `(H, W, 3)`, RGB.
        trimap, mask, strokes: what `data.read_trimap`, `read_mask` and `read_strokes` read, or an array of
            shape `(H, W)`; or None.
        box: four ints, str as for `data.read_box`, or None. Only strokes may come with it.
        width: as for `data.trimap_from_mask`.
        auto: str, the model that selects the subject where there is nothing else.
        auto_model: str or path, the file of that model, or None.

    Returns:
        Pair of the trimap, uint8 of shape `(H, W)` with the values 0, 128 and 255, and a list of sentences:
        what was changed about what was given, and what is unlikely to be meant.

    Raises:
        ValueError: if there are several of them, or no trimap can be made of what there is.
    """
    given = {"a trimap": trimap, "a mask": mask, "a box or strokes": strokes if box is None else box}
    given = [name for name, value in given.items() if value is not None]
    if len(given) > 1:
        raise IndexNetError(f"There are {given[0]} and {given[1]}; only one of them can be followed.")
    if trimap is not None:
        return data.standardize_trimap(_read(trimap, data.read_trimap), image.shape[:2])
    if given:
        made, notes = _made(image, mask, box, strokes, width)
    else:
        made, notes = data.trimap_from_mask(select_subject(image, auto, auto_model), width), []
    return made, [*notes, *_doubts(made, can_be_less=mask is None and bool(given))]


def _made(image, mask, box, strokes, width):
    if mask is not None:
        mask = data.eight_bit_matte(_read(mask, data.read_mask))
        mask, notes = data.fit_to_photograph(mask, image.shape[:2], "mask")
        return data.trimap_from_mask(mask, width), notes
    notes = []
    if strokes is not None:
        strokes = eight_bit_levels(_read(strokes, data.read_strokes), "strokes")
        strokes, notes = data.fit_to_photograph(strokes, image.shape[:2], "picture of the strokes")
    if box is None:
        return data.trimap_from_strokes(image, strokes, width), notes
    box = data.read_box(box, image.shape[:2]) if isinstance(box, str) else box
    return data.trimap_from_box(image, box, strokes, width), notes


def _read(picture, read):
    return picture if isinstance(picture, np.ndarray) else read(picture)


def _doubts(trimap, can_be_less):
    """What is unlikely to be meant about a trimap that was made, a sentence each."""
    for level, name in ((FOREGROUND, "foreground"), (BACKGROUND, "background")):
        if not (trimap == level).any():
            yield f"No sure {name} is left in the trimap; choose a smaller width."
    unknown = (trimap == UNKNOWN).mean()
    if can_be_less and unknown > MUCH_UNKNOWN:
        yield f"{unknown:.0%} of the trimap are unknown; strokes over what is clear make it less."
