"""Samples that are composed where they are trained on: the same steps as `MattingSequence`, in `keras.ops`."""

from keras_indexnet.data.on_device.sample_bank import SampleBank
from keras_indexnet.data.on_device.sample_composer import SampleComposer

__all__ = ["SampleBank", "SampleComposer"]
