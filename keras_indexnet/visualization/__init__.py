"""Pictures for people: results side by side, errors, index maps, architectures, and training curves."""

from keras_indexnet.visualization.architecture_drawing import draw_architecture
from keras_indexnet.visualization.indices import IndexMaps, index_maps, shown_decoder_index, shown_index
from keras_indexnet.visualization.pictures import below_each_other, error_map, over_checkerboard, side_by_side
from keras_indexnet.visualization.training_curves import draw_training_curves

__all__ = [
    "IndexMaps",
    "below_each_other",
    "draw_architecture",
    "draw_training_curves",
    "error_map",
    "index_maps",
    "over_checkerboard",
    "shown_decoder_index",
    "shown_index",
    "side_by_side",
]
