"""Draws the curves of a training run."""

from pathlib import Path

from keras_indexnet.errors import IndexNetError
from keras_indexnet.optional import required
from keras_indexnet.paths import StrPath
from keras_indexnet.visualization.architecture_drawing import METADATA
from keras_indexnet.whole_file import whole_file

SUFFIXES = (".png", ".svg", ".pdf")
# Title of each panel with the columns of the log that it shows, as far as the log has them.
PANELS = {
    "loss": ("loss",),
    "MSE in the unknown region": ("mse", "val_mse"),
    "SAD in thousands": ("sad", "val_sad"),
    "learning rate": ("learning_rate",),
}
NAMES = {"val_mse": "validation", "val_sad": "validation", "mse": "training crops", "sad": "training crops"}


def draw_training_curves(rows: list[dict], path: StrPath) -> None:
    """Draw loss, errors and learning rate of a training run over its steps.

    Args:
        rows: list of dicts, the lines of a run's `log.csv`, values as text or numbers.
        path: str or path of the file, ending in `.png`, `.svg` or `.pdf`.

    Raises:
        ValueError: if the file has another ending, or the rows have no column to draw or more than numbers.
        ImportError: if matplotlib is not installed (extra `draw`).

    Example:

    ```python
    with open("runs/matting/log.csv") as file:
        draw_training_curves(list(csv.DictReader(file)), "curves.png")
    ```
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise IndexNetError(f"Curves are drawn into files that end in {', '.join(SUFFIXES)}; not {path.name}.")
    matplotlib_figure = required("matplotlib.figure", "Drawing curves", "keras_indexnet[draw]")
    panels = {title: [name for name in columns if name in rows[0]] for title, columns in PANELS.items()}
    panels = {title: columns for title, columns in panels.items() if columns}
    if not panels:
        raise IndexNetError(
            f"The log has no column to draw, such as {', '.join(columns[0] for columns in PANELS.values())}."
        )
    figure = matplotlib_figure.Figure(figsize=(10, 2.8 * ((len(panels) + 1) // 2)), layout="constrained")
    axes = figure.subplots((len(panels) + 1) // 2, 2, squeeze=False).flat
    for axis, (title, columns) in zip(axes, panels.items(), strict=False):
        for name in columns:
            _draw_curve(axis, rows, name)
        axis.set_title(title)
        axis.set_xlabel("step")
        axis.grid(alpha=0.3)
        if len(columns) > 1:
            axis.legend()
    for axis in list(axes):  # a panel that is left over
        axis.set_axis_off()
    with whole_file(path) as partial:
        figure.savefig(partial, dpi=120, metadata=METADATA[path.suffix])


def _draw_curve(axis, rows, name):
    try:
        points = [(float(row["steps"]), float(row[name])) for row in rows if row[name]]
    except ValueError as error:
        raise IndexNetError(f"The columns 'steps' and {name!r} of a log hold numbers, but: {error}.") from error
    points = [(step, value) for step, value in points if value == value]  # epochs without validation have NaN
    steps, values = zip(*points, strict=True) if points else ((), ())
    axis.plot(steps, values, marker="." if len(points) < 30 else None, label=NAMES.get(name))
