"""The training of a matting network, in the order in which things happen."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np

from keras_indexnet.data import (
    ImageFolder,
    MattingSequence,
    ProceduralBackgrounds,
    ProceduralForegrounds,
    read_foreground,
)
from keras_indexnet.models import load_imagenet_weights, matting_model
from keras_indexnet.training.layerwise_adam import LayerwiseAdam
from keras_indexnet.training.losses import MattingLoss
from keras_indexnet.training.metrics import MSE, SAD
from keras_indexnet.training.save_network import save_network
from keras_indexnet.training.validate_on_photographs import ValidateOnPhotographs

# A stopped run may go on with other values of these.
RESUMABLE_WITH = ("epochs", "workers", "validation", "validation_every")


@dataclass
class TrainingSettings:
    """Everything that decides a training run."""

    output: str = "runs/matting"  # folder for checkpoints, the log and the best network
    backgrounds: str | None = None  # folder of photographs; None: drawn ones
    foregrounds: tuple[str, ...] = ()  # folders of RGBA cut-outs, drawn from equally often
    procedural: float = 0.5  # share of drawn foregrounds among all; 1 if there is no folder
    configuration: str = "m2o_nonlinear_context"
    expansion: int = 1  # of depthwise nonlinear index blocks; 1 as in the released checkpoint
    encoder_weights: str | None = "imagenet"  # or a file, or None for random ones
    weights: str | None = None  # preset or file to go on from, in place of encoder_weights
    freeze_batch_norm: bool = True  # of the encoder
    size: int = 160  # side of a sample in pixels
    crop_scales: tuple[float, ...] = (1.0, 1.5, 2.0, 3.0)
    combine: float = 0.25  # share of samples with two foregrounds
    batch_size: int = 8
    epochs: int = 20
    steps: int = 250  # of an epoch
    learning_rate: float = 4e-3
    encoder_rate: float = 0.1  # the encoder's share of it
    warm_up: int = 200  # steps, but at most a tenth of them
    clip_norm: float = 5.0  # of the gradient
    validation: str | None = None  # folder with image, alpha and trimap1
    validation_every: int = 2  # epochs
    workers: int = 2
    seed: int = 0


def train(settings):
    """Train a matting network; a run that was stopped goes on where it was when started again.

    Args:
        settings: `TrainingSettings`.

    Returns:
        The trained `MattingNetwork`. The output folder holds `last.keras`, `best.keras` (if there is
        validation), `log.csv` and `settings.json`.

    Raises:
        ValueError: if a setting does not fit, the output folder holds another or a complete run, or the loss
            becomes NaN.
        ImageFileError: if a folder is missing or empty.

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """
    keras.utils.set_random_seed(settings.seed)
    output = Path(settings.output)
    sequence = training_sequence(settings)
    callbacks = _callbacks(settings, output, sequence)
    network = _initial_network(settings)
    _claim(output, settings)
    network.compile(
        optimizer=LayerwiseAdam(
            _learning_rate(settings),
            factors={"encoder": settings.encoder_rate},
            global_clipnorm=settings.clip_norm,
        ),
        loss=MattingLoss(),
        metrics=[SAD(), MSE()],
        # JAX is slow without XLA; TensorFlow's step is four times slower with it on CPUs.
        jit_compile=keras.backend.backend() == "jax",
    )
    # Built outside of the training step, or TensorFlow would trace that twice.
    network.optimizer.build(network.trainable_variables)
    # The samples are random already; in their own order a seed gives the same run again.
    history = network.fit(sequence, epochs=settings.epochs, callbacks=callbacks, shuffle=False, verbose=2)
    if not np.isfinite(history.history.get("loss", [0.0])).all():
        raise ValueError(
            f"The loss became NaN; train anew with a smaller learning rate. {output} keeps the best network "
            "before, if one was validated."
        )
    save_network(network, output / "last.keras")
    shutil.rmtree(output / "backup")  # only now: a run that is killed while it saves must find it
    return network


def training_sequence(settings):
    """Build the sequence of training batches that the settings describe."""
    photographs = None if settings.backgrounds is None else ImageFolder(settings.backgrounds)
    backgrounds = photographs or ProceduralBackgrounds(seed=settings.seed)
    folders = [ImageFolder(folder, read_foreground) for folder in settings.foregrounds]
    drawn = ProceduralForegrounds(seed=settings.seed, textures=photographs)
    procedural = settings.procedural if folders else 1.0
    return MattingSequence(
        [drawn, *folders],
        backgrounds,
        shares=[procedural] + [(1.0 - procedural) / len(folders) for _ in folders],
        batch_size=settings.batch_size,
        steps=settings.steps,
        size=settings.size,
        crop_scales=settings.crop_scales,
        combine=settings.combine,
        seed=settings.seed,
        workers=settings.workers,
        max_queue_size=16,
    )


def _claim(output, settings):
    """Write the settings into the output folder, unless it holds another run."""
    path = output / "settings.json"
    mine = json.loads(json.dumps(asdict(settings)))
    theirs = json.loads(path.read_text()) if path.is_file() else mine
    other = sorted(name for name in mine if mine[name] != theirs.get(name) and name not in RESUMABLE_WITH)
    if other:
        raise ValueError(
            f"{output} holds a run with other settings ({', '.join(other)}); choose another output folder."
        )
    if (output / "last.keras").exists():
        raise ValueError(f"{output} holds a run that is complete; choose another output folder.")
    output.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(mine, indent=2) + "\n")


def _initial_network(settings):
    network = matting_model(settings.configuration, settings.weights, expansion=settings.expansion)
    if settings.weights is None and settings.encoder_weights is not None:
        downloaded = settings.encoder_weights == "imagenet"
        load_imagenet_weights(network, None if downloaded else settings.encoder_weights)
    if settings.freeze_batch_norm:
        for stage in network.encoder_stages:
            for layer in stage.layers:
                if isinstance(layer, keras.layers.BatchNormalization):
                    layer.trainable = False
    return network


def _learning_rate(settings):
    steps = settings.epochs * settings.steps
    warm_up = min(settings.warm_up, steps // 10)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=settings.learning_rate,
        warmup_steps=warm_up,
        decay_steps=steps - warm_up,
    )


def _callbacks(settings, output, sequence):
    callbacks = [_FollowEpoch(sequence)]
    if settings.validation is not None:
        callbacks.append(
            ValidateOnPhotographs(settings.validation, output / "best.keras", every=settings.validation_every)
        )
    return [
        *callbacks,
        keras.callbacks.CSVLogger(output / "log.csv", append=True),
        # Two checkpoints: a run that is killed while it writes one goes on from the other.
        keras.callbacks.BackupAndRestore(output / "backup", double_checkpoint=True, delete_checkpoint=False),
        keras.callbacks.TerminateOnNaN(),
    ]


class _FollowEpoch(keras.callbacks.Callback):
    """Tells the sequence which epoch it is in: a resumed run must not repeat the samples of the first one."""

    def __init__(self, sequence):
        super().__init__()
        self.sequence = sequence

    def on_epoch_begin(self, epoch, logs=None):
        self.sequence.epoch = epoch
