"""The index maps of a network, for one photograph."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import keras
import numpy as np
from keras import ops

from keras_indexnet import layers
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import whole_number, whole_numbers
from keras_indexnet.inference import network_input
from keras_indexnet.models import MattingNetwork

PREFIX = "index_"  # of the names of a matting network's index blocks; the stage follows


@dataclass(frozen=True)
class IndexMaps:
    """The index maps of one stage, at the resolution of the features that they index.

    Each is a float32 array of shape `(H, W, G)`: G is 1 for a holistic index, the number of channels for a
    depthwise one. `maximum` always has all channels.
    """

    stage: int  # of the encoder; stage 0 has the full resolution
    encoder: np.ndarray  # weighs what is pooled; sums to 1 over each 2 x 2 region
    decoder: np.ndarray  # weighs what is upsampled
    maximum: np.ndarray  # what max pooling would have taken from the same features: zeros and ones


def index_maps(
    network: MattingNetwork, image: np.ndarray, trimap: np.ndarray, stages: Sequence[int] | None = None
) -> list[IndexMaps]:
    """Compute the index maps of a network's stages, and the max-pooling indices of the same features.

    Args:
        network: `MattingNetwork`.
        image: uint8 array of shape `(H, W, 3)`, RGB.
        trimap: uint8 array of shape `(H, W)`.
        stages: list of int, which stages; all that have indices unless given.

    Returns:
        List of `IndexMaps`, from the highest resolution to the lowest. The network sees the photograph
        enlarged to a multiple of its output stride, and so do the maps.

    Raises:
        ValueError: if the network has no indices, or none at one of `stages`.

    Example:

    >>> from keras_indexnet import models, visualization
    >>> from keras_indexnet.data import drawn_photograph
    >>> drawn = drawn_photograph(size=64)
    >>> network = models.matting_model("hin_linear", width=0.35)
    >>> for maps in visualization.index_maps(network, drawn.image, drawn.trimap):
    ...     print(maps.stage, maps.decoder.shape, maps.maximum.shape)
    0 (64, 64, 1) (64, 64, 16)
    2 (32, 32, 1) (32, 32, 8)
    3 (16, 16, 1) (16, 16, 16)
    4 (8, 8, 1) (8, 8, 24)
    6 (4, 4, 1) (4, 4, 56)

    Source: Lu et al., ICCV 2019, sec. 4.
    """
    blocks = _index_blocks(network)
    if not blocks:
        raise IndexNetError(
            f"The network {network.name} has no indices to show; those with max pooling indices (such as b11) "
            "or learned ones (such as m2o_nonlinear_context) have."
        )
    stages = list(blocks) if stages is None else whole_numbers(stages, "stages", least=0)
    for stage in stages:
        if stage not in blocks:
            there = ", ".join(map(str, blocks))
            raise IndexNetError(
                f"The network {network.name} has indices at the stages {there}, not at {stage}."
            )
    maximum_of = layers.MaxIndexBlock()
    in_block_layout = [
        index for stage in stages for index in (*blocks[stage].output, maximum_of(blocks[stage].input)[0])
    ]
    indices = keras.Model(network.inputs[0], [ops.depth_to_space(index, 2) for index in in_block_layout])
    inputs = network_input(image, trimap, network.output_stride)
    computed = [
        ops.convert_to_numpy(index)[0].astype(np.float32)
        for index in indices(inputs[np.newaxis], training=False)
    ]
    of_stages = zip(computed[0::3], computed[1::3], computed[2::3], strict=True)
    return [IndexMaps(stage, *maps) for stage, maps in zip(stages, of_stages, strict=True)]


def shown_index(index: np.ndarray, channel: int | None = None) -> np.ndarray:
    """Show an index map in shades of grey, stretched so that all but its extreme values fill the scale.

    Args:
        index: float array of shape `(H, W, G)`, one of the maps of `IndexMaps`.
        channel: int, the channel to show; the mean over the channels unless given.

    Returns:
        uint8 array of shape `(H, W)`: black up to the 1st percentile of the map, white from the 99th on. A map
        of one value is black.

    Raises:
        ValueError: if there is no such channel.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.visualization import shown_index
    >>> shown_index(np.array([[[0.25, 0.5], [0.5, 0.75]]])).tolist()
    [[0, 255]]
    """
    channels = index.shape[-1]
    if channel is None:
        index = index.mean(axis=-1)
    else:
        index = index[..., whole_number(channel, "The channel of this index map", least=0, most=channels - 1)]
    low, high = np.percentile(index, [1, 99])
    scale = 255.0 / (high - low) if high > low else 0.0
    return np.rint(np.clip((index - low) * scale, 0.0, 255.0)).astype(np.uint8)


def shown_decoder_index(
    network: MattingNetwork, image: np.ndarray, trimap: np.ndarray, stage: int = 0
) -> np.ndarray | None:
    """Show the decoder index of a stage, which says where the decoder puts what it enlarges.

    Args:
        network: `MattingNetwork`.
        image: uint8 array of shape `(H, W, 3)`, RGB.
        trimap: uint8 array of shape `(H, W)`.
        stage: int, of the encoder; 0 has the full resolution.

    Returns:
        uint8 array of shape `(H, W)`, the mean over the channels as `shown_index` shows it, or None if the
        network has no index at this stage.

    Source: Lu et al., ICCV 2019, sec. 4.
    """
    stage = whole_number(stage, "stage", least=0)
    if stage not in _index_blocks(network):
        return None
    (maps,) = index_maps(network, image, trimap, [stage])
    return cv2.resize(shown_index(maps.decoder), trimap.shape[::-1], interpolation=cv2.INTER_AREA)


def _index_blocks(network):
    blocks = [layer for layer in network.layers if isinstance(layer, layers.IndexBlock)]
    return {int(block.name.removeprefix(PREFIX)): block for block in blocks}
