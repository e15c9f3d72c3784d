"""Pictures for people: results side by side, errors, and the index maps of a network."""

from keras_indexnet.visualization.error_map import error_map
from keras_indexnet.visualization.index_maps import IndexMaps, index_map, index_maps, shown_index
from keras_indexnet.visualization.over_checkerboard import over_checkerboard
from keras_indexnet.visualization.sheets import below_each_other, side_by_side

__all__ = [
    "IndexMaps",
    "below_each_other",
    "error_map",
    "index_map",
    "index_maps",
    "over_checkerboard",
    "shown_index",
    "side_by_side",
]
