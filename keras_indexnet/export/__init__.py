"""Exports: files that take raw pixels and give alpha, each proven equal to its Keras model."""

from keras_indexnet.export.export_report import ExportReport
from keras_indexnet.export.exporting import export_model
from keras_indexnet.export.formats import FORMATS, QUANTIZATIONS, Format, format_of, open_exported

__all__ = [
    "FORMATS",
    "QUANTIZATIONS",
    "ExportReport",
    "Format",
    "export_model",
    "format_of",
    "open_exported",
]
