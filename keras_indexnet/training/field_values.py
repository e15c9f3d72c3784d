"""What the fields of a dataclass may hold: what their annotations say."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from numbers import Integral, Real
from pathlib import PurePath
from reprlib import repr as shortened
from types import UnionType
from typing import Any, Literal, get_args, get_origin

import numpy as np

from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import number, whole_number

MOST = 10**9  # of anything that is counted: far more than a run can have, and fine as an int32 or a float
# What `Any` stands for: all that JSON can hold. The first that fits counts: a bool is an int, and that a Real.
PLAIN: dict[Any, type | tuple[type, ...]] = {
    bool: (bool, np.bool_),
    int: Integral,
    float: Real,
    str: (str, PurePath),
    tuple[Any, ...]: (list, tuple),
    dict[str, Any]: Mapping,
}


def conformed_fields(values, kind, limits=None, within="The setting "):
    """Check values for the fields of a dataclass.

    Args:
        values: mapping from names of fields to what was given for them.
        kind: the dataclass. Its annotations consist of bool, int, float, str, Literal, Any, other dataclasses,
            and `tuple`, `dict` and `| None` of these.
        limits: mapping from names of fields to the arguments of `given_numbers.whole_number` or `number`.
        within: str, how the sentence begins that says what does not fit; the name follows.

    Returns:
        Dict with the values as plain Python: NumPy's numbers are Python's, paths are text, lists are tuples.

    Raises:
        ValueError: if there is no such field, or a value is not what its annotation says.
    """
    annotations = {field.name: field.type for field in fields(kind)}
    if unknown := [str(name) for name in values if name not in annotations]:
        raise IndexNetError(f"{within}{shortened(unknown[0])} is not known.")
    limits = limits or {}
    return {
        name: _conformed(value, annotations[name], f"{within}{name}", limits.get(name, {}))
        for name, value in values.items()
    }


def _conformed(value, kind, name, limits):
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if get_origin(kind) is UnionType:
        if value is None:
            return None
        (kind,) = (option for option in get_args(kind) if option is not type(None))
    if kind is Any:
        if value is None:
            return None
        kind = next((kind for kind, types in PLAIN.items() if isinstance(value, types)), None)
        limits = {"least": -MOST} if kind is int else {}
    if is_dataclass(kind):
        given = vars(value) if isinstance(value, kind) else value
        _check(isinstance(given, Mapping), value, name, f"a {kind.__name__}")
        return kind(**conformed_fields(given, kind, within=f"{name}."))
    if kind is int or kind is float:
        if isinstance(value, Integral) and abs(value) > 2**63:  # which no float may hold, nor a message show
            raise IndexNetError(f"{name} is far too large a number.")
        if kind is float:
            return number(value, name, **limits)
        return whole_number(value, name, **{"most": MOST, **limits})
    if kind is bool:
        _check(isinstance(value, PLAIN[bool]), value, name, "True or False")
        return bool(value)
    if kind is str:
        _check(isinstance(value, PLAIN[str]), value, name, "a text")
        return str(value)
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        _check(isinstance(value, str) and value in parts, value, name, f"one of {', '.join(map(repr, parts))}")
        return str(value)
    if origin is tuple:
        several = isinstance(value, PLAIN[tuple[Any, ...]])
        if parts[-1] is ...:
            _check(several, value, name, "a list")
            parts = parts[:1] * len(value)
        _check(several and len(value) == len(parts), value, name, f"a list of {len(parts)}")
        numbered = enumerate(zip(value, parts, strict=True))
        return tuple(_conformed(item, part, f"{name}[{place}]", limits) for place, (item, part) in numbered)
    if origin is dict:
        named = isinstance(value, Mapping) and all(isinstance(key, str) for key in value)
        _check(named, value, name, "a dict whose keys are texts")
        return {str(key): _conformed(item, parts[1], f"{name}.{key}", limits) for key, item in value.items()}
    raise IndexNetError(f"{name} is of numbers, texts, lists and dicts, not {_shown(value)}.")


def _check(fits, value, name, what):
    if not fits:
        raise IndexNetError(f"{name} is {what}, not {_shown(value)}.")


def _shown(value):
    try:
        return " ".join(shortened(value).split())
    except ValueError:  # Python writes no numbers of more than 4300 digits
        return "a number of thousands of digits"
