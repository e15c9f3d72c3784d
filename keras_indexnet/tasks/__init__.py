"""The paper's other tasks: networks with and without learned indices, their losses, metrics and data.

It is imported by its name, `from keras_indexnet import tasks`; `import keras_indexnet` does without it.
"""

from keras_indexnet.tasks.balanced_crossentropy import BalancedCrossentropy
from keras_indexnet.tasks.depth_accuracy import DepthAccuracy
from keras_indexnet.tasks.depth_data import read_depth_folder, read_nyu_depth
from keras_indexnet.tasks.depth_estimation import depth_network
from keras_indexnet.tasks.depth_loss import DepthLoss
from keras_indexnet.tasks.index_choice import INDEX_BLOCKS
from keras_indexnet.tasks.lenet import lenet_classifier
from keras_indexnet.tasks.log10_depth_error import Log10DepthError
from keras_indexnet.tasks.mean_class_accuracy import MeanClassAccuracy
from keras_indexnet.tasks.mobilenet import mobilenet_classifier
from keras_indexnet.tasks.pixel_accuracy import PixelAccuracy
from keras_indexnet.tasks.psnr import PSNR
from keras_indexnet.tasks.reconstruction import autoencoder
from keras_indexnet.tasks.relative_depth_error import RelativeDepthError
from keras_indexnet.tasks.rms_depth_error import RMSDepthError
from keras_indexnet.tasks.scene_data import (
    SUN_RGBD_CLASSES,
    class_weights,
    read_label_folder,
    read_sun_rgbd,
)
from keras_indexnet.tasks.scene_parsing import segnet
from keras_indexnet.tasks.ssim import SSIM
from keras_indexnet.tasks.vgg16 import vgg16_classifier

__all__ = [
    "INDEX_BLOCKS",
    "PSNR",
    "SSIM",
    "SUN_RGBD_CLASSES",
    "BalancedCrossentropy",
    "DepthAccuracy",
    "DepthLoss",
    "Log10DepthError",
    "MeanClassAccuracy",
    "PixelAccuracy",
    "RMSDepthError",
    "RelativeDepthError",
    "autoencoder",
    "class_weights",
    "depth_network",
    "lenet_classifier",
    "mobilenet_classifier",
    "read_depth_folder",
    "read_label_folder",
    "read_nyu_depth",
    "read_sun_rgbd",
    "segnet",
    "vgg16_classifier",
]
