"""Everything that decides a training run, as data: the settings, three sets of them, and config files."""

import runpy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from keras_indexnet.data.byte_cache import GIBIBYTE
from keras_indexnet.data.composition_recipe import (
    PAPER,
    REAL,
    STRONG,
    CompositionRecipe,
    recipe_of,
)
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import LARGEST_SIDE, MOST_THREADS
from keras_indexnet.paths import StrPath
from keras_indexnet.training.field_values import conformed_fields

# Of the numbers among the settings. Other whole numbers are 1 or more.
LIMITS = {
    "foreground_shares": {"least": 0},
    "procedural": {"least": 0, "most": 1},
    "procedural_shares": {"least": 0},
    "size": {"multiple": 32, "least": 32, "most": LARGEST_SIDE},
    "workers": {"most": MOST_THREADS},
    "square_side": {"multiple": 4, "least": 4, "most": LARGEST_SIDE},
    "bank_bytes": {"most": 2**50},
    "minutes": {"above": 0},
    "learning_rate": {"above": 0},
    "encoder_rate": {"least": 0},
    "clip_norm": {"above": 0},
    "weight_average": {"least": 0},
    "alpha_weight": {"least": 0, "most": 1},
    "gradient_weight": {"least": 0},
    "laplacian_weight": {"least": 0},
    "seed": {"least": 0, "most": 2**32 - 1},  # NumPy's, which Keras sets
}


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that decides a training run. The defaults are the paper's.

    NumPy's numbers and paths are taken as well, and the name of a recipe; they are kept as settings.json gives
    them back: plain Python, paths as text, lists as tuples.

    Raises:
        ValueError: if a setting is not of its type, or out of its range.

    Example:

    >>> from keras_indexnet import training
    >>> training.TrainingSettings(steps=500, recipe="strong", foregrounds=["cutouts"]).foregrounds
    ('cutouts',)

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """

    # The network.
    configuration: str | None = (
        None  # of `models.list_configurations()`; None: that of the weights, or m2o_nonlinear_context without
    )
    expansion: int = 2  # of nonlinear depthwise index blocks; the released checkpoint has 1
    network_options: dict[str, Any] | None = (
        None  # other arguments than the configuration's, such as {"output_stride": 16}
    )
    encoder_weights: str | None = "imagenet"  # or a file, or None for random ones
    weights: str | None = None  # preset or file to go on from, in place of encoder_weights
    freeze_batch_norm: bool = True  # of the encoder: its statistics and scales stay as they are
    stage: Literal["network", "refinement", "both"] = (
        "both"  # what learns; "refinement" puts one behind a network that has none
    )

    # The samples.
    foregrounds: tuple[str, ...] = ()  # folders of RGBA cut-outs, of `image` and `alpha`, or the Adobe data set
    foreground_shares: tuple[float, ...] | None = None  # how often each is drawn from; None: equally often
    procedural: float = 0.0  # share of drawn foregrounds among all; 1 where there is no folder
    procedural_shares: dict[str, float] | None = None  # of the kinds of drawn foregrounds
    procedural_count: int | None = (
        None  # how many are drawn; None: as many as the run has the time for, and for a device new ones always
    )
    backgrounds: str | None = None  # folder of photographs; None: drawn ones
    broken_images: Literal["refuse", "skip"] = "refuse"  # what happens to an image that cannot be read
    recipe: CompositionRecipe = PAPER  # how a sample is composed
    size: int = 320  # side of a sample in pixels
    batch_size: int = 16
    compose_on: Literal["auto", "cpu", "device"] = (
        "auto"  # "cpu": in threads; "device": where the network is; "auto": that where it is a GPU
    )
    workers: int = 2  # threads that compose samples on the CPU, or read and processes that draw for a device
    square_side: int = 512  # pixels of the squares that a device keeps of pictures; the largest crop
    bank_bytes: int = 2 * GIBIBYTE  # of a device's memory, for pictures
    bank_epochs: int = 4  # how long a picture stays there, where not all fit

    # The optimisation: Adam, whose rate follows the schedule until the budget of steps or minutes is used up.
    steps: int = 90_000
    minutes: float | None = None  # wall time in place of steps
    schedule: Literal["drops", "cosine", "constant"] = (
        "drops"  # after 20/30 and 26/30 of the budget to a tenth; or "cosine", with a warm-up, or "constant"
    )
    learning_rate: float = 0.01
    encoder_rate: float = 0.01  # the encoder's share of it
    clip_norm: float | None = None  # of the gradient
    weight_average: float = 0.0  # momentum of the average of weights that is validated and saved; 0: none
    alpha_weight: float = 0.5  # of the alpha-prediction loss; the composition loss has the rest
    gradient_weight: float = 0.0  # of the gradient loss, on top
    laplacian_weight: float = 0.0  # of the Laplacian pyramid loss, on top
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    steps_per_execution: int = 1  # steps between two looks at the clock, the rate and the log
    devices: int = 1  # GPUs that share a batch
    seed: int = 0

    # What is kept.
    output: str = "runs/matting"
    epoch_steps: int = 250  # steps from one checkpoint and line of the log to the next
    validation: str | None = None  # folder with image, alpha and trimap1
    validation_every: int = 2  # epochs
    tensorboard: bool = False

    def __post_init__(self):
        given = {**vars(self), "recipe": recipe_of(self.recipe)}
        for name, value in conformed_fields(given, type(self), LIMITS).items():
            object.__setattr__(self, name, value)
        if self.weight_average >= 1.0:
            raise IndexNetError(
                f"The setting weight_average is a momentum from 0 to below 1, not {self.weight_average}."
            )
        if self.foreground_shares and not any(self.foreground_shares):
            raise IndexNetError("One of the setting foreground_shares at least is above 0.")
        if self.batch_size % self.devices:
            raise IndexNetError(
                f"A batch of {self.batch_size} samples cannot be split evenly over {self.devices} devices."
            )
        if self.epoch_steps % self.steps_per_execution:
            raise IndexNetError(
                f"The setting epoch_steps, {self.epoch_steps}, is a multiple of steps_per_execution, "
                f"{self.steps_per_execution}."
            )


SETTINGS = {
    # The paper's experiment to the letter: 30 epochs of the Adobe data set, about 90,000 steps. Wants a GPU.
    "paper": TrainingSettings(),
    # What a machine without a GPU makes of an hour, with the augmentation of later work.
    "budget": TrainingSettings(
        expansion=1,
        procedural=0.5,
        recipe=STRONG,
        size=160,
        batch_size=8,
        minutes=60.0,
        schedule="cosine",
        learning_rate=4e-3,
        encoder_rate=0.1,
        clip_norm=5.0,
    ),
    # What a GPU makes of ten minutes or more. Most numbers are those of the tenth run (docs/experiments/runs).
    "gpu": TrainingSettings(
        expansion=1,
        procedural=0.35,
        recipe=REAL,
        size=384,
        batch_size=48,
        workers=8,
        bank_bytes=4 * GIBIBYTE,
        minutes=10.0,
        schedule="cosine",
        learning_rate=3e-3,
        encoder_rate=0.1,
        clip_norm=2.0,
        weight_average=0.998,
        gradient_weight=0.5,
        laplacian_weight=1.0,
        precision="mixed_bfloat16",
        epoch_steps=100,
    ),
}


def read_config(path: StrPath) -> TrainingSettings:
    """Read a config file: Python that assigns `TrainingSettings` to the name `settings`.

    Args:
        path: str or path of a `.py` file. It is executed: run only files that you trust.

    Returns:
        `TrainingSettings`.

    Raises:
        ValueError: if there is no such file, it does not run, or it has no `settings`.
    """
    if not Path(path).is_file():
        raise IndexNetError(f"There is no config file {path}.")
    try:
        settings = runpy.run_path(str(path)).get("settings")
    except (Exception, SystemExit) as error:  # whatever a config file does wrong, a typing error among it
        raise IndexNetError(f"The config file {path} does not run: {type(error).__name__}: {error}") from error
    if not isinstance(settings, TrainingSettings):
        raise IndexNetError(f"The config file {path} does not assign TrainingSettings to the name `settings`.")
    return settings


def override_settings(settings, **changes):
    """Return the settings with other values of some fields; a budget in steps replaces one in minutes."""
    if "steps" in changes and "minutes" not in changes:
        changes["minutes"] = None
    return replace(settings, **changes)


def settings_from_json(stored):
    """Build settings from what `dataclasses.asdict` and JSON made of them.

    Raises:
        ValueError: if it is something else.
    """
    if not isinstance(stored, Mapping) or "recipe" not in stored:
        raise IndexNetError("A run's settings are names and values, its recipe among them.")
    return TrainingSettings(**conformed_fields(stored, TrainingSettings, LIMITS))
