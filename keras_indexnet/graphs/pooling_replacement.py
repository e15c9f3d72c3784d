"""Learned indexing in the place of the max pooling of any functional or sequential model."""

from collections.abc import Callable, Sequence

import keras

from keras_indexnet.errors import IndexNetError
from keras_indexnet.graphs.layer_graph import as_functional, check_is_graph, is_graph
from keras_indexnet.layers import DepthwiseIndexBlock, IndexedPooling
from keras_indexnet.layers.block_layout import check_divisible


def with_indexed_pooling(
    model: keras.Model, index_block: Callable | None = None, only: Sequence[str] | None = None
) -> keras.Model:
    """Return a copy of a model in which index blocks and `IndexedPooling` replace its max pooling.

    A pooling `NAME` becomes an index block `NAME_index` and an `IndexedPooling` of the old name; both see the
    features that the pooling saw. All other layers are copied with their weights, and those that are frozen
    stay frozen. Poolings in nested functional and sequential models are replaced, too; those inside other
    layers (`TimeDistributed`, layers of your own) stay. A sequential model becomes a functional one.

    The decoder index is the second output of an index block, `new.get_layer("NAME_index").output[1]`.

    With `MaxIndexBlock` the copy computes what the model did. With a learned block it needs training: an
    encoder index sums to 1, and no position of a 2 x 2 region weighs more than e / (e + 3) = 0.48.

    Args:
        model: functional or sequential `keras.Model`, built.
        index_block: callable that returns the index block of one pooling, called with the keyword arguments
            `pool_size`, `name` and `dtype`: a class such as `layers.HolisticIndexBlock`, or a
            `functools.partial` of one with further arguments. None: `DepthwiseIndexBlock(mode="o2o",
            context=True)`. It decides for every channel by that channel alone, as max pooling does, costs
            16 multiply-adds for each value of its input (`pool_size` 2), and is second best in the paper's
            table 2.
        only: list of str, the names of the poolings to replace. None: all `MaxPooling2D` layers.

    Returns:
        Functional `keras.Model` with the same inputs and outputs, not compiled.

    Raises:
        ValueError: if the model is neither functional nor sequential or not built, has none of the poolings,
            or one of them cannot be indexed: its regions overlap, leave gaps or are not square, a static height
            or width is not divisible by `pool_size`, or it is channels-first.

    Example:

    >>> import keras
    >>> from keras_indexnet import models
    >>> model = keras.Sequential([
    ...     keras.Input((32, 32, 3)),
    ...     keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
    ...     keras.layers.MaxPooling2D(name="pool"),
    ...     keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
    ... ])
    >>> new = models.with_indexed_pooling(model)
    >>> [layer.name for layer in new.layers if "pool" in layer.name]
    ['pool_index', 'pool']
    >>> new.get_layer("pool_index").output[1].shape
    (None, 16, 16, 64)

    Source: Lu et al., ICCV 2019, sec. 5.4.
    """
    replacement = _Replacement(index_block or _default_index_block, _poolings_to_replace(model, only))
    new = replacement.rebuilt(model)
    replacement.copy_weights()
    return new


def _default_index_block(**kwargs):
    return DepthwiseIndexBlock(mode="o2o", context=True, **kwargs)


class _Replacement:
    """One replacement: which poolings, by what, and the copies of layers that were made so far."""

    def __init__(self, index_block, poolings):
        self.index_block = index_block
        self.poolings = poolings
        # Layers may be shared, also between nested models, and their copies then are, too.
        self.copies = {}
        self.index_blocks = {}  # of every new `IndexedPooling`

    def rebuilt(self, model):
        return keras.models.clone_model(
            as_functional(model), clone_function=self._copy, call_function=self._call
        )

    def copy_weights(self):
        for operation, copy in self.copies.items():
            # A nested model has index blocks besides; its layers are among the copies themselves.
            if isinstance(operation, keras.layers.Layer) and not is_graph(operation):
                copy.set_weights(operation.get_weights())

    def _copy(self, operation):
        if operation not in self.copies:
            self.copies[operation] = self._new(operation)
        return self.copies[operation]

    def _new(self, operation):
        if is_graph(operation):
            return self.rebuilt(operation)
        if operation in self.poolings:
            return self._indexed_pooling(operation)
        return type(operation).from_config(operation.get_config())

    def _indexed_pooling(self, pooling):
        size = pooling.pool_size[0]
        common = {"pool_size": size, "dtype": pooling.dtype_policy}
        indexed_pooling = IndexedPooling(name=pooling.name, **common)
        self.index_blocks[indexed_pooling] = self.index_block(name=f"{pooling.name}_index", **common)
        return indexed_pooling

    def _call(self, layer, *args, **kwargs):
        if layer in self.index_blocks:
            return self._pooled(layer, *args, **kwargs)
        return layer(*args, **kwargs)

    def _pooled(self, indexed_pooling, inputs):
        name = indexed_pooling.name
        try:
            check_divisible(inputs.shape, indexed_pooling.pool_size, f"MaxPooling2D {name!r}, if indexed,")
        except ValueError as error:
            others = [pooling for pooling in self.poolings if pooling.name != name]
            raise IndexNetError(f"{error} {_leave_out(others)}") from None
        encoder_index, _ = self.index_blocks[indexed_pooling](inputs)
        return indexed_pooling(inputs, encoder_index)


def _poolings_to_replace(model, only):
    check_is_graph(model, "with_indexed_pooling")
    poolings = _all_poolings(model)
    names = sorted({pooling.name for pooling in poolings})
    if only is not None:
        unknown = sorted(set(only) - set(names))
        if unknown:
            raise IndexNetError(f"The model {model.name!r} has no MaxPooling2D {unknown}. It has {names}.")
        poolings = [pooling for pooling in poolings if pooling.name in only]
    if not poolings:
        raise IndexNetError(
            f"There is no MaxPooling2D to replace: the model {model.name!r} has {names}, only={only}."
        )
    _check_regions(poolings)
    return poolings


def _all_poolings(model):
    poolings = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.MaxPooling2D):
            poolings.append(layer)
        elif is_graph(layer):
            poolings.extend(_all_poolings(layer))
    return poolings


def _check_regions(poolings):
    obstacles = {pooling: _obstacle(pooling) for pooling in poolings}
    for pooling, obstacle in obstacles.items():
        if obstacle:
            others = [other for other in poolings if not obstacles[other]]
            raise IndexNetError(
                f"MaxPooling2D {pooling.name!r} cannot be indexed: {obstacle}. {_leave_out(others)}"
            )


def _obstacle(pooling):
    height, width = pooling.pool_size
    if pooling.data_format != "channels_last":
        return f"its data format is {pooling.data_format}, not channels_last"
    if pooling.strides != pooling.pool_size:
        return f"its regions, pool_size {pooling.pool_size}, are not its strides, {pooling.strides}, apart"
    if height != width:
        return f"its pool_size {pooling.pool_size} is not square"
    return None


def _leave_out(others):
    names = list(dict.fromkeys(pooling.name for pooling in others))
    return f"Leave it out with only={names}." if names else "The model has no other pooling to replace."
