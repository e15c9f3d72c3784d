"""Draws the architecture of a matting network, as figures in papers do."""

import io
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from keras_indexnet import models
from keras_indexnet.errors import IndexNetError
from keras_indexnet.models.encoder_decoder import EncoderDecoder
from keras_indexnet.optional import required
from keras_indexnet.paths import StrPath
from keras_indexnet.visualization.architecture import architecture
from keras_indexnet.whole_file import whole_file

SUFFIXES = (".svg", ".pdf", ".png")
ENCODER, MIDDLE, DECODER = 0, 1, 2  # columns
# All lengths are in inches.
CENTRES = (1.0, 3.0, 5.0)
CHANNELS = (1.95, 4.05)  # where lines run upwards, to the right of the columns ENCODER and MIDDLE
WIDTH, TOP, BOTTOM = 6.0, 0.8, 0.6
LINE, PADDING, GAP = 0.125, 0.07, 0.15  # height of a line of text, around the text of a box, between rows
NARROWEST, WIDEST, INDEX_WIDTH, LABEL_WIDTH = 1.15, 1.7, 1.75, 1.45  # of boxes
PORT = 0.06  # between two lines at one side of a box
FILLS = {
    "input": ("#ffffff", "#555555"),
    "stage": ("#dce8f4", "#3f6894"),
    "index": ("#f9e1e1", "#b3363f"),
    "pooling": ("#ffffff", "#3f6894"),
    "upsampling": ("#ffffff", "#a8702a"),
    "fusion": ("#f0f0f0", "#777777"),
    "context": ("#dfeedd", "#4f8049"),
    "unit": ("#f4f4f4", "#777777"),
    "decoder": ("#f8e8d2", "#a8702a"),
    "head": ("#ffffff", "#555555"),
}
# Colour, width and dashes of lines, in the order in which they are drawn over each other.
LINES = {
    "skip": ("#8a8a8a", 0.8, "-"),
    "index": ("#b3363f", 1.0, (0, (3.5, 2))),
    "feature": ("#1a1a1a", 1.0, "-"),
}
STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that every machine draws the same
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "keras_indexnet",  # the same names of elements, and so the same bytes, every time
    "pdf.fonttype": 42,
}
METADATA = {  # who wrote a file, and no date: the same drawing is the same file
    ".svg": {"Creator": "keras_indexnet", "Date": None},
    ".pdf": {"Creator": "keras_indexnet", "CreationDate": None},
    ".png": {"Software": "keras_indexnet"},
}


def draw_architecture(network: EncoderDecoder, path: StrPath, input_size: int = 320) -> None:
    """Draw the architecture of a matting network: parts, channels, resolutions, and what flows between them.

    The encoder runs down on the left and the decoder up on the right; index maps cross from one to the other.

    Args:
        network: one of the networks of `models`.
        path: str or path of the file, ending in `.svg`, `.pdf` or `.png`.
        input_size: int, height and width of the input, for which the resolutions are stated.

    Raises:
        ValueError: if the file's name has another ending, its folder does not exist, or the network or the
            input's size does not fit (see `architecture`).
        OSError: if the file cannot be written.
        ImportError: if matplotlib is not installed (extra `draw`).

    Example:

    ```python
    draw_architecture(models.matting_model("m2o_nonlinear_context"), "architecture.svg")
    ```

    Source: the form is that of Lu et al., ICCV 2019, fig. 6.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise IndexNetError(f"The name of a picture ends in {', '.join(SUFFIXES)}, not in {path.suffix!r}.")
    if not path.parent.is_dir():
        raise IndexNetError(f"There is no folder {path.parent} to write {path.name} into.")
    picture = _drawn(architecture(network, input_size), path.suffix)
    with whole_file(path) as partial:
        partial.write_bytes(picture)


def _drawn(drawn, suffix):
    """Return the bytes of the picture."""
    required("matplotlib.figure", "Drawing", "keras_indexnet[draw]")
    import matplotlib
    from matplotlib.figure import Figure

    boxes, height = _boxes(drawn)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height))
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(height, 0))  # y runs downwards
        axes.set_axis_off()
        for kind in LINES:
            for connection in drawn.connections:
                if connection.kind == kind:
                    _draw_arrow(axes, _route(boxes[connection.source], boxes[connection.target], kind), kind)
        for box in boxes.values():
            _draw_box(axes, box)
        _draw_output(axes, boxes[drawn.parts[-1].name])
        _draw_title(axes, drawn)
        _draw_legend(axes, drawn, height)
        picture = io.BytesIO()
        figure.savefig(picture, format=suffix[1:], dpi=200, metadata=METADATA[suffix])
    return picture.getvalue()


@dataclass(frozen=True)
class _Box:
    """A part and its place."""

    part: object
    lines: tuple[str, ...]  # of text
    column: int
    y: float  # of the centre
    width: float
    height: float

    @property
    def x(self):
        return CENTRES[self.column]

    left = property(lambda self: self.x - self.width / 2)
    right = property(lambda self: self.x + self.width / 2)
    top = property(lambda self: self.y - self.height / 2)
    bottom = property(lambda self: self.y + self.height / 2)


def _boxes(drawn):
    """Return a box for each part's name, and the height of the figure."""
    columns = _columns(drawn)
    rows = _rows(drawn, columns)
    lines = {part.name: _text(part) for part in drawn.parts}
    heights = {name: len(text) * LINE + PADDING for name, text in lines.items()}
    centres, y = [], TOP
    for number in range(1 + round(max(rows.values()))):
        height = max((heights[name] for name, row in rows.items() if round(row) == number), default=0)
        centres.append(y + height / 2)
        y += height + GAP
    boxes = {}
    for part in drawn.parts:
        name = part.name
        y_centre = float(np.interp(rows[name], range(len(centres)), centres))
        boxes[name] = _Box(part, lines[name], columns[name], y_centre, _width(part), heights[name])
    return boxes, y + BOTTOM


def _text(part):
    height, width, channels = part.shape
    shape = f"{channels} @ {height} × {width}"
    if part.kind == "fusion":
        return (f"{part.label}  {shape}",)
    return tuple(line for line in (part.label, part.detail, shape) if line)


def _width(part):
    """Boxes are as wide as the logarithm of their channels: those of 16 or less narrow, of 512 or more wide."""
    if part.kind == "index":
        return INDEX_WIDTH
    if part.kind in ("fusion", "input"):
        return LABEL_WIDTH
    return float(np.interp(np.log2(part.shape[-1]), (4, 9), (NARROWEST, WIDEST)))


def _columns(drawn):
    """Return the column of every part: the U's sides, and between them what leads from one to the other."""
    bottom = [part.name for part in drawn.parts if part.kind == "stage"][-1]
    below = {connection.target for connection in drawn.connections if connection.source == bottom}
    columns = {}
    for part in drawn.parts:
        if part.kind == "index" or part.name in below or (part.kind == "unit" and not part.in_decoder):
            columns[part.name] = MIDDLE
        else:
            columns[part.name] = DECODER if part.in_decoder else ENCODER
    return columns


def _rows(drawn, columns):
    """Return the row of every part, counted from the top; those that nothing ties to a row have a fraction."""
    down = [part.name for part in drawn.parts if columns[part.name] == ENCODER]
    up = [part.name for part in drawn.parts if columns[part.name] == DECODER]
    side = {name: name for name in (*down, *up)}  # what stands beside it and has the same row
    for encoder, decoder in _levels(drawn, down, up):
        side[decoder] = encoder
    steps = [*pairwise(down), *pairwise(reversed(up)), (up[0], down[-1])]
    rows = defaultdict(int)
    for _ in drawn.parts:  # as many rounds settle the longest path
        for upper, lower in steps:
            rows[side[lower]] = max(rows[side[lower]], rows[side[upper]] + 1)
    rows = {name: rows[side[name]] for name in side}
    tied = {name for pair in _levels(drawn, down, up) for name in pair} | {down[-1], up[0]}
    for chain in (down, up):
        fixed = [place for place, name in enumerate(chain) if name in tied]
        places = np.interp(range(len(chain)), fixed, [rows[chain[place]] for place in fixed])
        rows.update(zip(chain, map(float, places), strict=True))
    for connection in drawn.connections:  # parts in the middle stand beside a part of the encoder
        source, target = connection.source, connection.target
        if columns[source] == MIDDLE and columns[target] == ENCODER:
            rows[source] = rows[target]
        elif columns[target] == MIDDLE and target not in rows:
            rows[target] = rows[source]
    return rows


def _levels(drawn, down, up):
    """Return the pairs of parts of encoder and decoder that stand side by side."""
    parts = {part.name: part for part in drawn.parts}
    source = {connection.target: connection.source for connection in drawn.connections[::-1]}
    units = {}  # of the skip connections; the topmost of a fusion stands between the stage and the fusion
    for connection in drawn.connections:
        if connection.kind == "skip" and parts[connection.source].kind == "unit":
            units.setdefault(connection.target, []).append(source[connection.source])
    pairs = {down[0]: up[-1]} | {min(stages, key=down.index): fusion for fusion, stages in units.items()}
    for kind, opposite in (("stage", "decoder"), ("pooling", "upsampling")):
        # Opposite parts have the same resolution: of what pooling takes, and of what upsampling gives.
        levels = defaultdict(lambda: ([], []))
        for name in down:
            if parts[name].kind == kind:
                levels[parts[source[name] if kind == "pooling" else name].shape[0]][0].append(name)
        for name in up[::-1]:
            if parts[name].kind == opposite:
                levels[parts[name].shape[0]][1].append(name)
        for encoder, decoder in levels.values():
            pairs.update(pair for pair in zip(encoder, decoder, strict=False) if pair[0] not in pairs)
    return list(pairs.items())


def _route(source, target, kind):
    """Return the corners of the line from one box to another."""
    if source.column == target.column:
        if target.y > source.y:
            return [(source.x, source.bottom), (source.x, target.top)]
        return [(source.x, source.top), (source.x, target.bottom)]
    if kind == "skip":
        return _skip_route(source, target)
    if target.column < source.column:
        return [(source.left, source.y + PORT), (target.right, source.y + PORT)]
    if target.y > source.y:
        return [(source.right, source.y - PORT), (target.x, source.y - PORT), (target.x, target.top)]
    if target.y < source.y:
        return [(source.right, source.y), (target.x, source.y), (target.x, target.bottom)]
    y = source.y + PORT * (kind == "index")
    return [(source.right, y), (target.left, y)]


def _skip_route(source, target):
    if source.y == target.y:
        return [(source.right, source.y), (target.left, target.y)]
    # Not where index maps enter a pooling or a stage's feature leaves for its index block.
    start = source.y + {"pooling": -PORT, "stage": PORT}.get(source.part.kind, 0)
    # A unit stands beside another that takes the middle of the fusion.
    end = target.y + PORT * (source.part.kind == "unit")
    channel = CHANNELS[source.column]
    return [(source.right, start), (channel, start), (channel, end), (target.left, end)]


def _draw_arrow(axes, corners, kind):
    colour, width, dashes = LINES[kind]
    corners = np.array(corners)
    end = corners[-1]
    along = (end - corners[-2]) / np.linalg.norm(end - corners[-2])
    across = along[::-1] * 0.028
    base = end - 0.08 * along
    xs, ys = np.vstack([corners[:-1], base]).T
    # The white border makes one line pass over another where they cross.
    axes.plot(xs, ys, color="white", linewidth=width + 3, solid_capstyle="butt")
    axes.plot(xs, ys, color=colour, linewidth=width, linestyle=dashes, solid_joinstyle="miter")
    axes.fill(*np.array([end, base + across, base - across]).T, color=colour, linewidth=0)


def _draw_box(axes, box):
    fill, edge = FILLS[box.part.kind]
    xs = (box.left, box.right, box.right, box.left)
    ys = (box.top, box.top, box.bottom, box.bottom)
    axes.fill(xs, ys, facecolor=fill, edgecolor=edge, linewidth=0.8, zorder=3)
    first = box.y - (len(box.lines) - 1) / 2 * LINE
    for number, line in enumerate(box.lines):
        weight = "bold" if number == 0 and box.part.kind != "fusion" else "normal"
        y = first + number * LINE
        axes.text(box.x, y, line, size=6.5, weight=weight, ha="center", va="center_baseline", zorder=4)


def _draw_output(axes, box):
    _draw_arrow(axes, [(box.x, box.top), (box.x, box.top - 0.17)], "feature")
    axes.text(box.x, box.top - 0.25, "alpha", size=6.5, ha="center", va="center_baseline")


def _draw_title(axes, drawn):
    axes.text(0.15, 0.22, drawn.name, size=10, weight="bold", va="center_baseline")
    configuration = models.list_configurations().get(drawn.name)
    row = ""
    if configuration:
        row = f"{configuration.row}; "
        numbers = [str(table) for table in configuration.tables if isinstance(table, int)]
        if numbers:
            row = f"Lu et al., table{'s' * (len(numbers) > 1)} {' and '.join(numbers)}: {row}"
    axes.text(0.15, 0.4, f"{row}output stride {drawn.output_stride}", size=7, va="center_baseline")


def _draw_legend(axes, drawn, height):
    names = {"feature": "features", "skip": "skip connection", "index": "index map"}
    kinds = {connection.kind for connection in drawn.connections}
    x, y = 0.15, height - 0.5
    for kind, name in names.items():
        if kind in kinds:
            _draw_arrow(axes, [(x, y), (x + 0.4, y)], kind)
            axes.text(x + 0.48, y, name, size=6.5, va="center")
            x += 1.55
    notes = ["channels @ height × width"]
    if "index" in kinds:
        notes.append("IP, IU: indexed pooling and upsampling; index maps in block layout")
    axes.text(0.15, height - 0.25, "; ".join(notes), size=6.5, va="center")
