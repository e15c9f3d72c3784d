"""The training of a matting network, in the order in which things happen."""

import contextlib
import math
import os
import tempfile
from pathlib import Path

import click
import keras
import numpy as np

from keras_indexnet.data import (
    ImageFolder,
    ProceduralBackgrounds,
    ProceduralForegrounds,
    SampleBank,
    SampleComposer,
    read_training_foreground,
)
from keras_indexnet.data.byte_cache import GIBIBYTE
from keras_indexnet.data.readers import read_foregrounds
from keras_indexnet.errors import IndexNetError
from keras_indexnet.losses import MattingLoss
from keras_indexnet.metrics import MSE, SAD
from keras_indexnet.models import list_configurations, load_imagenet_weights, matting_model, network_of
from keras_indexnet.models.encoder_decoder import REFINEMENT, EncoderDecoder
from keras_indexnet.training import schedules
from keras_indexnet.training.budget import Budget
from keras_indexnet.training.checkpoint import Checkpoint
from keras_indexnet.training.composed_training import ComposedTraining, SampleNumbers
from keras_indexnet.training.devices import (
    data_parallel,
    ending_together,
    has_gpu,
    part_of_processes,
    synchronize_batch_norm,
)
from keras_indexnet.training.layerwise_adam import LayerwiseAdam
from keras_indexnet.training.renew_bank import RenewBank
from keras_indexnet.training.report_progress import ReportProgress, announcement
from keras_indexnet.training.run_folder import RunFolder
from keras_indexnet.training.saving import save_network
from keras_indexnet.training.settings import TrainingSettings
from keras_indexnet.training.stoppable_sequence import StoppableSequence
from keras_indexnet.training.validate_on_photographs import ValidateOnPhotographs
from keras_indexnet.training.write_log import WriteLog
from keras_indexnet.training.write_tensorboard import WriteTensorBoard

BEST = "m2o_nonlinear_context"  # the configuration where nothing names one
SCHEDULES = {"drops": schedules.drops, "cosine": schedules.cosine, "constant": schedules.constant}
UNLIMITED_EPOCHS = 1_000_000  # of a run that ends by the clock
ENDLESS = 10**9  # drawn foregrounds, of which a run sees a part


def train(settings: TrainingSettings, resume: bool = False) -> keras.Model:
    """Train a matting network, with checkpoints from which a run that was stopped goes on.

    Args:
        settings: `TrainingSettings`.
        resume: bool, whether to go on with the run in the output folder, if there is one. A complete run
            goes on where the settings have more steps or minutes.

    Returns:
        The trained network. The output folder holds what `training.RunFolder` lists.

    Raises:
        ValueError: if a setting does not fit, the output folder holds another or a complete run, another
            training runs in it, or the loss becomes NaN.
        ImageFileError: if a folder is missing or empty, or an image cannot be read and is to be refused.
        OSError: if a file of the run cannot be written.

    Example:

    ```python
    settings = dataclasses.replace(training.SETTINGS["budget"], minutes=30, foregrounds=("cutouts",))
    network = training.train(settings)
    ```

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """
    index, processes = part_of_processes()
    if processes > 1 and settings.minutes is not None:
        raise IndexNetError(
            "Processes that train together have a clock each: give them --steps, not --minutes."
        )
    with contextlib.ExitStack() as stack:
        stack.enter_context(ending_together())
        if index:  # it does what the first one does, but that keeps the results
            folder = RunFolder(stack.enter_context(tempfile.TemporaryDirectory()))
            stack.enter_context(contextlib.redirect_stdout(stack.enter_context(open(os.devnull, "w"))))
        else:
            folder = RunFolder(settings.output)
            stack.enter_context(folder.locked())
            folder.check(settings, resume)
        return _train(settings, folder)


def _train(settings, folder):
    keras.utils.set_random_seed(settings.seed)
    on_device = settings.compose_on == "device" or (settings.compose_on == "auto" and has_gpu())
    sequence = sample_numbers(settings) if on_device else training_sequence(settings)
    budget = Budget(
        settings.learning_rate,
        SCHEDULES[settings.schedule],
        steps=settings.steps if settings.minutes is None else None,
        minutes=settings.minutes,
    )
    checkpoint = Checkpoint(folder.checkpoint, budget, sequence)
    progress = ReportProgress(budget, settings.batch_size)
    callbacks = _callbacks(settings, folder, budget, progress, checkpoint)
    with contextlib.ExitStack() as stack:
        stack.callback(progress.end)
        if not on_device:
            stack.callback(sequence.stop)
        stack.enter_context(data_parallel(settings.devices))
        model = network = initial_network(settings)
        if on_device:
            bank = stack.enter_context(sample_bank(settings))
            model = ComposedTraining(
                network, SampleComposer(bank, settings.recipe, settings.size, settings.seed)
            )
            callbacks.insert(0, RenewBank())
        compile_training(model, settings)
        epochs_done = checkpoint.restore(model)
        if part_of_processes()[1] > 1:
            epochs_done = checkpoint.share(model)
        folder.claim(settings)
        folder.forget_after(epochs_done)
        click.echo(announcement(settings, network, epochs_done))
        epochs = UNLIMITED_EPOCHS
        if settings.minutes is None:
            epochs = epochs_done + math.ceil((settings.steps - budget.steps_done) / settings.epoch_steps)
        # The samples are random already; in their own order a seed gives the same run again.
        history = model.fit(
            sequence, initial_epoch=epochs_done, epochs=epochs, callbacks=callbacks, shuffle=False, verbose=0
        )
    if not np.isfinite(history.history.get("loss", [0.0])).all():
        raise IndexNetError(
            f"The loss became NaN. {folder.path} keeps the last good checkpoint: go on from it with --resume "
            "and a smaller --learning-rate."
        )
    save_network(network, folder.last)
    folder.finish()  # only now: a run that is killed while it saves must find its checkpoint
    return network


def training_sequence(settings):
    """Build the sequence of training batches that the settings describe, which threads compose."""
    foregrounds, backgrounds = _sources(settings, _drawn_count(settings))
    return StoppableSequence(
        foregrounds,
        backgrounds,
        recipe=settings.recipe,
        shares=_shares(settings),
        batch_size=settings.batch_size,
        steps=settings.epoch_steps,
        size=settings.size,
        seed=settings.seed,
        part=part_of_processes(),
        workers=settings.workers,
        max_queue_size=16,
    )


def sample_numbers(settings):
    """Build the sequence of the numbers of samples that the settings describe."""
    return SampleNumbers(settings.batch_size, settings.epoch_steps, part_of_processes())


def sample_bank(settings):
    """Build the bank of pictures that a device composes these samples of."""
    # It reads a picture once, or seldom, and what a cache keeps would be there for each process.
    foregrounds, backgrounds = _sources(settings, ENDLESS, cache_bytes=GIBIBYTE // 8)
    return SampleBank(
        foregrounds,
        backgrounds,
        _shares(settings),
        settings.square_side,
        workers=settings.workers,
        processes=settings.workers,
        bank_bytes=settings.bank_bytes,
        bank_epochs=settings.bank_epochs,
    )


def _sources(settings, drawn_count, cache_bytes=2 * GIBIBYTE):
    """Return the sources of foregrounds, drawn ones first, and that of backgrounds."""
    photographs = settings.backgrounds and ImageFolder(
        settings.backgrounds, broken=settings.broken_images, cache_bytes=cache_bytes
    )
    folders = [_foregrounds(folder, settings.broken_images) for folder in settings.foregrounds]
    drawn = ProceduralForegrounds(
        count=settings.procedural_count or drawn_count,
        seed=settings.seed,
        textures=photographs,
        cache_bytes=cache_bytes,
        shares=settings.procedural_shares,
    )
    return [drawn, *folders], photographs or ProceduralBackgrounds(seed=settings.seed)


def compiled_network(settings):
    """Build the network that the settings describe, with its first weights, ready for `fit`."""
    network = initial_network(settings)
    compile_training(network, settings)
    return network


def compile_training(model, settings):
    """Give a network, or what trains it, the optimizer, the loss and the metrics that the settings describe."""
    model.compile(
        optimizer=LayerwiseAdam(
            settings.learning_rate,
            factors={} if settings.stage == "refinement" else {"encoder": settings.encoder_rate},
            global_clipnorm=settings.clip_norm,
            use_ema=settings.weight_average > 0.0,
            ema_momentum=settings.weight_average,
        ),
        loss=MattingLoss(settings.alpha_weight, settings.gradient_weight, settings.laplacian_weight),
        metrics=[SAD(), MSE()],
        steps_per_execution=settings.steps_per_execution,
        # JAX is slow without XLA; TensorFlow's step is four times slower with it on CPUs.
        jit_compile=keras.backend.backend() == "jax",
    )
    # Built outside of the training step, or TensorFlow would trace that twice.
    model.optimizer.build(model.trainable_variables)


def _foregrounds(folder, broken):
    if (Path(folder) / "Training_set").is_dir():
        return read_foregrounds(folder, "adobe-training", broken)
    if (Path(folder) / "alpha").is_dir():  # beside a folder `image`: colours and alpha in two files
        return read_foregrounds(folder, broken=broken)
    return ImageFolder(folder, read_training_foreground, broken)


def _drawn_count(settings):
    """Return how many foregrounds a run can draw without waiting for them: one takes a quarter second."""
    affordable = (
        settings.steps * settings.batch_size / 20 if settings.minutes is None else 20 * settings.minutes
    )
    return int(min(max(affordable, 50), 1000))


def _shares(settings):
    """Return how often the drawn foregrounds and each folder are drawn from."""
    folders = len(settings.foregrounds)
    if folders == 0:
        return [1.0]
    shares = np.asarray(settings.foreground_shares or [1.0] * folders)
    if len(shares) != folders:
        raise IndexNetError(f"There are {folders} folders of foregrounds, but {len(shares)} foreground_shares.")
    return [settings.procedural, *(1.0 - settings.procedural) * shares / shares.sum()]


def initial_network(settings):
    """Build the network that the settings describe, with its first weights."""
    if settings.stage == "refinement" and settings.weights is None:
        raise IndexNetError("The refinement learns behind a trained network: name that by --weights.")
    network = _network(settings)
    if settings.stage == "refinement" and not network.refinement:
        network = network.with_refinement()
    if settings.weights is None and settings.encoder_weights is not None:
        downloaded = settings.encoder_weights == "imagenet"
        load_imagenet_weights(network, None if downloaded else settings.encoder_weights)
    if settings.devices > 1:
        synchronize_batch_norm(network)
    if network.refinement:
        for layer in network.layers:
            part = "refinement" if layer.name == REFINEMENT else "network"
            layer.trainable = settings.stage in (part, "both")
    for stage in network.encoder_stages:
        for layer in stage.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = stage.trainable and not settings.freeze_batch_norm
    return network


def _network(settings):
    if settings.configuration is None and settings.weights is not None and not settings.network_options:
        network = network_of(settings.weights)
        if not isinstance(network, EncoderDecoder):
            raise IndexNetError(
                f"{settings.weights} holds a {type(network).__name__}, which is no network of keras_indexnet."
            )
        same = network.dtype_policy.name == settings.precision
        return network if same else network.with_dtype(settings.precision)
    name = settings.configuration or BEST
    configuration = list_configurations().get(name)  # an unknown one is refused below
    options = {"expansion": settings.expansion} if configuration and configuration.expands else {}
    options |= {"dtype": settings.precision, **(settings.network_options or {})}
    return matting_model(name, settings.weights, **options)


def _callbacks(settings, folder, budget, progress, checkpoint):
    """Return the callbacks in their order: each finds in the logs what those before it put there."""
    callbacks = [keras.callbacks.TerminateOnNaN(), budget]
    photographs = ()
    if settings.validation is not None:
        validation = ValidateOnPhotographs(settings.validation, folder.best, settings.validation_every)
        photographs = validation.photographs
        callbacks.append(validation)
    if settings.tensorboard:
        callbacks.append(WriteTensorBoard(folder.tensorboard, photographs, settings.validation_every))
    return [
        *callbacks,
        progress,
        WriteLog(folder.log, budget),
        checkpoint,
    ]
