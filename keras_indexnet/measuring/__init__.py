"""Time and memory of networks and of their exported files, on this machine."""

from keras_indexnet.measuring.matrix_product_peak import matrix_product_peak
from keras_indexnet.measuring.measure import Measurement, measure
from keras_indexnet.measuring.operator_times import OperatorTime, operator_times

__all__ = ["Measurement", "OperatorTime", "matrix_product_peak", "measure", "operator_times"]
