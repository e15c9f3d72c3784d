"""What a network costs: parameters and multiply-adds, and time and memory on this machine."""

from keras_indexnet.profiling.counting import Complexity, LayerComplexity, complexity
from keras_indexnet.profiling.matrix_product import matrix_product_peak
from keras_indexnet.profiling.measurement import Measurement, measure
from keras_indexnet.profiling.tflite_operators import OperatorTime, operator_times

__all__ = [
    "Complexity",
    "LayerComplexity",
    "Measurement",
    "OperatorTime",
    "complexity",
    "matrix_product_peak",
    "measure",
    "operator_times",
]
