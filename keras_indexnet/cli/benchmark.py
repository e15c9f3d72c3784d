import tempfile
from pathlib import Path

import click

from keras_indexnet import inference, models, profiling
from keras_indexnet.cli.options import read_size
from keras_indexnet.export import FORMATS, format_of
from keras_indexnet.inference.runner import runner_of

DEFAULT_SIZE = (512, 512)


@click.command()
@click.argument("networks", metavar="MODEL...", nargs=-1, required=True)
@click.option("--size", help="Side in pixels, HEIGHTxWIDTH. Without it, the file's own, or 512.")
@click.option("--runs", default=10, type=click.IntRange(1), help="The median of so many is printed.")
@click.option("--threads", default=2, type=click.IntRange(1))
@click.option(
    "--operators",
    default=10,
    type=click.IntRange(0),
    help="So many of the costliest, of TFLite of a fixed size.",
)
def benchmark(networks, size, runs, threads, operators):
    """Measure time and memory of each MODEL, and which operators are to blame.

    MODEL is a preset, a .keras file, or an exported one. Each runs in a process of its own; peak memory is that
    process's, the runtime included.
    """
    if size is not None:
        size = read_size(size)
    for network in networks:
        if network not in models.list_presets() and not Path(network).exists():
            raise click.ClickException(f"{network} is neither a file nor one of {[*models.list_presets()]}.")
    with tempfile.TemporaryDirectory() as folder:
        for network in networks:
            path = _saved_preset(network, folder) if network in models.list_presets() else network
            own_size = _own_size(path)  # which also finds a damaged file
            input_size = size or own_size or DEFAULT_SIZE
            measured = profiling.measure(path, input_size, runs, threads)
            click.echo(
                f"{network} at {input_size[0]} x {input_size[1]}, {threads} threads: {measured.median:.3f} s "
                f"({min(measured.seconds):.3f} to {max(measured.seconds):.3f}), "
                f"{measured.peak_bytes / 2**20:.0f} MiB at most; "
                f"float32 matrix product {measured.matrix_product_peak / 1e9:.0f} GMAC/s"
            )
            if operators and own_size and format_of(path) is FORMATS["tflite"]:
                click.echo(_costliest(profiling.operator_times(path, threads=threads), operators))


def _saved_preset(name, folder):
    path = Path(folder) / f"{name}.keras"
    models.MattingNetwork.from_preset(name).save(path)
    return path


def _own_size(path):
    """Return the size that a network is made for, None if it is free."""
    size = runner_of(inference.open_model(path)).size
    return None if None in size else size


def _costliest(times, count):
    total = sum(operator.seconds for operator in times)
    lines = [f"{'ms':>8} {'share':>6} {'GMAC/s':>7}  operator, each run alone"]
    for operator in sorted(times, key=lambda operator: -operator.seconds)[:count]:
        rate = f"{operator.multiply_adds / operator.seconds / 1e9:.0f}" if operator.multiply_adds else ""
        shape = " x ".join(map(str, operator.output_shape[1:]))
        lines.append(
            f"{operator.seconds * 1e3:8.2f} {operator.seconds / total:6.1%} {rate:>7}  "
            f"{operator.kind} to {shape}, {operator.layer}"
        )
    lines.append(f"{total * 1e3:8.2f} {1:6.0%} {'':7}  all {len(times)}")
    return "\n".join(lines)
