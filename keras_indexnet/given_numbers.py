"""What a size, a count or a factor may be: one rule for every function and layer that is given one.

A whole number may come in any type, from Python, NumPy or a division, as long as it is whole; it leaves as an
int, so that configs and files hold plain Python. Truth values and text are no numbers.
"""

import math
import textwrap
from numbers import Integral, Real

import numpy as np

from keras_indexnet.errors import IndexNetError

LARGEST_SIDE = 2**15  # of a picture in pixels; beyond, there is no machine with the memory for it
MOST_CHANNELS = 2**16
MOST_THREADS = 1024


def whole_number(value, name, least=1, most=None, multiple=1):
    """Check a whole number.

    Args:
        value: what was given.
        name: str, what it is called in the error, where it begins the sentence.
        least: int.
        most: int, or None: any.
        multiple: int, of which it is a multiple.

    Returns:
        int.

    Raises:
        ValueError: if it is none.
    """
    value = _plain(value)
    if _is_whole(value) and least <= value and (most is None or value <= most) and value % multiple == 0:
        return int(value)
    kind = f"a multiple of {multiple}" if multiple > 1 else "a whole number"
    if multiple > 1 and most is None:
        raise IndexNetError(f"{name} is a positive multiple of {multiple}, not {_shown(value)}.")
    raise IndexNetError(f"{name} is {kind}{_range(least, most)}, not {_shown(value)}.")


def whole_numbers(value, name, **limits):
    """Check several whole numbers, in a tuple, a list, an array or a generator.

    Args:
        value: what was given.
        name: str, what they are called in the error, where it begins the sentence.
        **limits: those of `whole_number`, for each of them.

    Returns:
        Tuple of int.

    Raises:
        ValueError: if they are none.
    """
    if isinstance(value, str | bytes) or not np.iterable(value):
        raise IndexNetError(f"{name} are several whole numbers, such as (2, 4), not {_shown(value)}.")
    return tuple(whole_number(item, f"Each of {name}", **limits) for item in value)


def part_of_batch(value, batch_size):
    """Return which of how many equal parts of a batch is meant, as two ints.

    Args:
        value: pair of ints, the part's number, from 0 on, and how many parts there are.
        batch_size: int.

    Raises:
        ValueError: if there is no such part, or the parts would not be equal.
    """
    number, count = whole_numbers(value, "the numbers of a part", least=0)
    if not number < count:
        raise IndexNetError(
            f"A part is its number, from 0 on, and how many there are, not {number} and {count}."
        )
    if batch_size % count:
        raise IndexNetError(f"A batch of {batch_size} samples cannot be divided into {count} equal parts.")
    return number, count


def height_and_width(value, multiple=1, most=LARGEST_SIDE):
    """Check a height and a width, a pair of whole numbers.

    Args:
        value: what was given.
        multiple: int, of which both are multiples.
        most: int.

    Returns:
        Pair of int.

    Raises:
        ValueError: if it is none.
    """
    given = tuple(map(_plain, value)) if np.iterable(value) and not isinstance(value, str) else value
    sides = given if isinstance(given, tuple) else ()
    fitting = [_is_whole(side) and 1 <= side <= most and side % multiple == 0 for side in sides]
    if len(sides) == 2 and all(fitting):
        return int(sides[0]), int(sides[1])
    raise IndexNetError(
        f"Height and width are multiples of {multiple}, two whole numbers from 1 to {most}, not "
        f"{_shown(given)}."
    )


def number(value, name, above=-math.inf, least=-math.inf, most=math.inf):
    """Check a finite number.

    Args:
        value: what was given.
        name: str, what it is called in the error, where it begins the sentence.
        above: float, the largest number that is too small.
        least: float.
        most: float.

    Returns:
        float.

    Raises:
        ValueError: if it is none.
    """
    value = _plain(value)
    if _is_real(value) and math.isfinite(value) and above < value and least <= value <= most:
        return float(value)
    range = f" above {above:g}" if above > -math.inf else _range(least, most)
    raise IndexNetError(f"{name} is a number{range}, not {_shown(value)}.")


def _plain(value):
    """Return a number of NumPy's, also an array of no axes, as Python's own."""
    return value.item() if isinstance(value, np.generic | np.ndarray) and not value.ndim else value


def _is_real(value):
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_whole(value):
    return _is_real(value) and (isinstance(value, Integral) or float(value).is_integer())


def _range(least, most):
    if most is None or most == math.inf:
        return f" of {least:g} or more" if least > -math.inf else ""
    return f" from {least} to {most}"


def _shown(value):
    return textwrap.shorten(str(value) if isinstance(value, Real) else repr(value), 60)
