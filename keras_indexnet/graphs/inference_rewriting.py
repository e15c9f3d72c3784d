import keras

from keras_indexnet import layers
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import height_and_width
from keras_indexnet.graphs.convolution import is_linear_convolution
from keras_indexnet.graphs.layer_graph import as_functional, check_is_graph, is_graph
from keras_indexnet.graphs.origins import Origins
from keras_indexnet.graphs.parts import in_strips
from keras_indexnet.graphs.rewritten_convolutions import (
    rewrite_aspp,
    rewrite_batch_normalization,
    rewrite_concatenation,
    rewrite_convolution,
    rewrite_relu,
)
from keras_indexnet.graphs.rewritten_indexing import (
    rewrite_depthwise_index_block,
    rewrite_holistic_index_block,
    rewrite_holistic_max_index_block,
    rewrite_indexed_pooling,
    rewrite_indexed_upsampling,
    rewrite_max_index_block,
    rewrite_nearest_upsampling,
)
from keras_indexnet.layers.block_layout import check_divisible

REWRITINGS = {
    keras.layers.BatchNormalization: rewrite_batch_normalization,
    layers.BatchNormalization: rewrite_batch_normalization,
    keras.layers.ReLU: rewrite_relu,
    keras.layers.Concatenate: rewrite_concatenation,
    keras.layers.UpSampling2D: rewrite_nearest_upsampling,
    layers.HolisticIndexBlock: rewrite_holistic_index_block,
    layers.DepthwiseIndexBlock: rewrite_depthwise_index_block,
    layers.MaxIndexBlock: rewrite_max_index_block,
    layers.HolisticMaxIndexBlock: rewrite_holistic_max_index_block,
    layers.IndexedPooling: rewrite_indexed_pooling,
    layers.IndexedUpsampling: rewrite_indexed_upsampling,
    layers.ASPP: rewrite_aspp,
}


def fuse_for_inference(model: keras.Model, input_size: tuple[int, int] | None = None) -> keras.Model:
    """Rewrite a model so that it computes the same outputs at inference in fewer, faster operators.

    For the networks of this package, and for models of your own:

    * batch normalisation becomes part of the convolution before it,
    * the columns of a many-to-one index block begin in one convolution,
    * index maps stay apart by position until they are used,
    * hard maxima are marked by arithmetic instead of comparisons,
    * the ASPP projects its mean before it is repeated,
    * nearest-neighbour upsampling has no fifth axis,
    * a convolution of one output channel computes blocks of 4 x 4 outputs as 16 channels (only where height
      and width are known and multiples of 4),
    * the wide maps in the encoder's first blocks are computed in groups of channels, and all that is done at
      the resolution of a large output of known size in strips of rows, which takes less memory.

    Exported to LiteRT with a fixed batch and size, the paper's networks with indices are one XNNPACK partition
    then. DeepLabv3+ and RefineNet keep their resizing, which gathers. Layers that stay as they are belong to
    both models; the new ones do not follow further training of `model`.

    The outputs differ by rounding. Where a hard maximum (`index="max"` or `"hmi"`) hangs on a rounding, it may
    move to another position.

    Args:
        model: functional or sequential `keras.Model`, built.
        input_size: pair of ints, height and width of the only input, which they fix. None: as in `model`.

    Returns:
        Functional `keras.Model` with the same inputs and outputs, not compiled.

    Raises:
        ValueError: if the model is neither functional nor sequential or not built, `input_size` is given
            for several inputs, or the network cannot divide it.

    Example:

    >>> from keras_indexnet import models
    >>> network = models.matting_model("hin_linear")
    >>> fused = models.fuse_for_inference(network, input_size=(64, 96))
    >>> fused.output.shape
    (None, 64, 96, 1)
    >>> any(isinstance(layer, keras.layers.BatchNormalization) for layer in fused.layers)
    False
    """
    check_is_graph(model, "fuse_for_inference")
    inputs = None if input_size is None else _inputs_of_size(model, input_size)
    rewriting = _Rewriting()
    return in_strips(rewriting.rewritten(model, inputs), rewriting.origins)


def _inputs_of_size(model, input_size):
    if len(model.inputs) != 1:
        raise IndexNetError(
            f"input_size is for models of one input, but {model.name!r} has {len(model.inputs)}."
        )
    (image,) = model.inputs
    shape = (image.shape[0], *height_and_width(input_size), image.shape[-1])
    # A matting network says which sizes fit; in other models the layers that cannot divide their input do.
    check_divisible(shape, getattr(model, "size_multiple", 1), type(model).__name__)
    inputs = keras.Input(batch_shape=shape, dtype=image.dtype, name=image.name)
    return keras.tree.pack_sequence_as(as_functional(model).input, [inputs])


class _Rewriting:
    """One rewriting of a model: what is known about its new tensors, and what was rewritten so far."""

    def __init__(self):
        self.origins = Origins()
        self.nested = {}  # models by what they replace: one that is called twice stays one model
        self.layers = set()

    def rewritten(self, model, inputs=None):
        return keras.models.clone_model(
            as_functional(model), inputs, clone_function=self._operation, call_function=self._call
        )

    def _operation(self, operation):
        if not is_graph(operation):
            return operation
        if operation not in self.nested:
            self.nested[operation] = self.rewritten(operation)
        return self.nested[operation]

    def _call(self, layer, *args, **kwargs):
        rewrite = _rewriting_of(layer, kwargs)
        if rewrite is None or layer in self.layers:  # a layer that is called again keeps its one set of weights
            return layer(*args, **kwargs)
        self.layers.add(layer)
        index = [kwargs["index"]] if "index" in kwargs else []
        return rewrite(layer, self.origins, *args, *index)


def _rewriting_of(layer, kwargs):
    if not {name for name, value in kwargs.items() if value is not None and value is not False} <= {"index"}:
        return None  # it normalises by the batch, or knows a mask
    if is_linear_convolution(layer):
        return rewrite_convolution
    return REWRITINGS.get(type(layer))  # a subclass may compute something else
