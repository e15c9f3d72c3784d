"""Exports: files that take raw pixels and give alpha, each proven equal to its Keras model."""

from keras_indexnet.export.export_report import ExportReport
from keras_indexnet.export.exporting import FORMATS, QUANTIZATIONS, export_model
from keras_indexnet.inference.runtimes import open_exported

__all__ = ["FORMATS", "QUANTIZATIONS", "ExportReport", "export_model", "open_exported"]
