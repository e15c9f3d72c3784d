"""The paper's other tasks: networks with and without learned indices, their losses, metrics and data.

It is imported by its name, `from keras_indexnet import tasks`; `import keras_indexnet` does without it.
"""

from keras_indexnet.tasks.index_choice import INDEX_BLOCKS
from keras_indexnet.tasks.lenet import lenet_classifier
from keras_indexnet.tasks.mobilenet import mobilenet_classifier
from keras_indexnet.tasks.psnr import PSNR
from keras_indexnet.tasks.reconstruction import autoencoder
from keras_indexnet.tasks.ssim import SSIM
from keras_indexnet.tasks.vgg16 import vgg16_classifier

__all__ = [
    "INDEX_BLOCKS",
    "PSNR",
    "SSIM",
    "autoencoder",
    "lenet_classifier",
    "mobilenet_classifier",
    "vgg16_classifier",
]
