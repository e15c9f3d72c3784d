"""The paper's other tasks: networks with and without learned indices, their losses, metrics and data.

It is imported by its name, `from keras_indexnet import tasks`; `import keras_indexnet` does without it.
"""

from keras_indexnet.tasks.index_choice import INDEX_BLOCKS
from keras_indexnet.tasks.psnr import PSNR
from keras_indexnet.tasks.reconstruction import autoencoder
from keras_indexnet.tasks.ssim import SSIM

__all__ = [
    "INDEX_BLOCKS",
    "PSNR",
    "SSIM",
    "autoencoder",
]
