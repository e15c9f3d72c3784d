"""Training matting networks: settings, runs, callbacks and the optimizer; losses and metrics besides."""

from keras_indexnet import losses, metrics
from keras_indexnet.training import schedules
from keras_indexnet.training.budget import Budget
from keras_indexnet.training.checkpoint import Checkpoint
from keras_indexnet.training.composed_training import ComposedTraining, SampleNumbers
from keras_indexnet.training.fitting import train
from keras_indexnet.training.layerwise_adam import LayerwiseAdam
from keras_indexnet.training.renew_bank import RenewBank
from keras_indexnet.training.run_folder import RunFolder
from keras_indexnet.training.saving import averaged_weights
from keras_indexnet.training.settings import SETTINGS, TrainingSettings, read_config
from keras_indexnet.training.validate_on_photographs import ValidateOnPhotographs
from keras_indexnet.training.write_tensorboard import WriteTensorBoard

__all__ = [
    "SETTINGS",
    "Budget",
    "Checkpoint",
    "ComposedTraining",
    "LayerwiseAdam",
    "RenewBank",
    "RunFolder",
    "SampleNumbers",
    "TrainingSettings",
    "ValidateOnPhotographs",
    "WriteTensorBoard",
    "averaged_weights",
    "losses",
    "metrics",
    "read_config",
    "schedules",
    "train",
]
