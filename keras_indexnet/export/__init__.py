"""Exports: files that take raw pixels and give alpha, each proven equal to its Keras model."""

from keras_indexnet.export.export_report import ExportReport
from keras_indexnet.export.exporting import export_model
from keras_indexnet.export.formats import FORMATS, QUANTIZATIONS, Format, format_of, open_exported
from keras_indexnet.export.gpu_operators import RefusedOperator, refused_by_gpu

__all__ = [
    "FORMATS",
    "QUANTIZATIONS",
    "ExportReport",
    "Format",
    "RefusedOperator",
    "export_model",
    "format_of",
    "open_exported",
    "refused_by_gpu",
]
