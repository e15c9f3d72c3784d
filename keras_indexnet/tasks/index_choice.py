"""Index blocks by name."""

from collections.abc import Callable
from functools import partial

from keras_indexnet import layers
from keras_indexnet.errors import IndexNetError

# A name of `INDEX_BLOCKS`, or what is called with `pool_size` and `name`, such as a class of index blocks.
IndexChoice = str | Callable

_FAMILIES: dict[str, Callable] = {
    "hin": layers.HolisticIndexBlock,
    "o2o": partial(layers.DepthwiseIndexBlock, "o2o"),
    "m2o": partial(layers.DepthwiseIndexBlock, "m2o"),
}
_KINDS: dict[str, dict] = {
    "linear": {},
    "linear_context": {"context": True},
    "nonlinear": {"nonlinear": True},
    "nonlinear_context": {"nonlinear": True, "context": True},
}
# Learned ones have the names that they have in the paper's table 2 and in `models.list_configurations()`.
INDEX_BLOCKS: dict[str, Callable] = {
    "average": layers.AverageIndexBlock,
    "max": layers.MaxIndexBlock,
    "hmi": layers.HolisticMaxIndexBlock,
} | {
    f"{family}_{kind}": partial(block, **options)
    for family, block in _FAMILIES.items()
    for kind, options in _KINDS.items()
}


def chosen_block(index: IndexChoice | None) -> Callable | None:
    """Return what builds the index blocks of a network.

    Args:
        index: str, a name of `INDEX_BLOCKS`; a callable, which is returned as it is; or None: no index block.

    Raises:
        ValueError: if there is no index block of that name.
    """
    if isinstance(index, str):
        if index not in INDEX_BLOCKS:
            raise IndexNetError(f"There is no index block {index!r}; choose from {', '.join(INDEX_BLOCKS)}.")
        return INDEX_BLOCKS[index]
    return index
