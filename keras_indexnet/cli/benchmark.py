import tempfile
from pathlib import Path

import click

from keras_indexnet.cli.choices import PRESETS
from keras_indexnet.cli.options import read_size, trust_option
from keras_indexnet.cli.start import start_keras

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
@trust_option
def benchmark(networks, size, runs, threads, operators, trust):
    """Measure the time and memory of networks and exported files.

    Of a TFLite file also which operators are to blame. MODEL is a preset, a .keras, .tflite or .onnx file, or
    the folder of a SavedModel. Each runs in a process of its own; peak memory is that process's, the runtime
    included.
    """
    if size is not None:
        size = read_size(size)
    for network in networks:
        if network not in PRESETS and not Path(network).exists():
            raise click.UsageError(f"{network} is neither a file nor one of {[*PRESETS]}.")
    start_keras()

    from keras_indexnet import profiling
    from keras_indexnet.cli.network_costs import costliest, own_size_of, saved_preset
    from keras_indexnet.export import FORMATS, format_of
    from keras_indexnet.models.preset_folder import is_preset_folder

    with tempfile.TemporaryDirectory() as folder:
        for network in networks:
            is_preset = network in PRESETS or is_preset_folder(network)
            path = saved_preset(network, folder) if is_preset else network
            own_size = own_size_of(path, trust)  # which also finds a damaged file
            input_size = size or own_size or DEFAULT_SIZE
            measured = profiling.measure(path, input_size, runs, threads, trust=trust)
            click.echo(
                f"{network} at {input_size[0]} x {input_size[1]}, {threads} threads: {measured.median:.3f} s "
                f"({min(measured.seconds):.3f} to {max(measured.seconds):.3f}), "
                f"{measured.peak_bytes / 2**20:.0f} MiB at most; "
                f"float32 matrix product {measured.matrix_product_peak / 1e9:.0f} GMAC/s"
            )
            if operators and own_size and format_of(path) is FORMATS["tflite"]:
                click.echo(costliest(profiling.operator_times(path, threads=threads), operators))
