"""Prints what a float32 TFLite file of fixed size needs memory for when LiteRT runs it in XNNPACK.

    python benchmarks/memory.py matting.tflite

XNNPACK keeps a pointer to every pixel under a kernel for every output of a convolution, for as long as the file
is open. To them come the tensors that are alive at one time, of which the sum over the file's order is printed.
"""

from math import prod

import click
from ai_edge_litert import schema_py_generated as schema

from keras_indexnet.export.tflite_graph import layer_of
from keras_indexnet.profiling.tflite_operators import read_file

MEBIBYTE = 2**20
POINTER = 8  # bytes


@click.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False))
@click.option("--most", default=5, show_default=True, help="Lines of each kind.")
def main(path, most):
    """Say how large pointers and living tensors of a file are."""
    graph = read_file(path).subgraphs[0]
    if any(tensor.type == schema.TensorType.INT8 for tensor in graph.tensors):
        raise click.ClickException(f"{path} holds 8-bit tensors; give a float32 file.")
    pointers = sorted(pointers_of_convolutions(graph), reverse=True)
    click.echo(f"{sum(size for size, _ in pointers) / MEBIBYTE:7.0f} MiB of pointers of convolutions")
    print_largest(pointers, most)
    alive = most_alive(graph)
    click.echo(f"{sum(size for size, _ in alive) / MEBIBYTE:7.0f} MiB of tensors alive at one time")
    print_largest(sorted(alive, reverse=True), most)


def pointers_of_convolutions(graph):
    """Yield bytes and name of the convolutions whose kernel is larger than a pixel."""
    for operator in graph.operators:
        if len(operator.inputs) < 2:
            continue
        kernel, output = graph.tensors[operator.inputs[1]], graph.tensors[operator.outputs[0]]
        is_convolution = type(operator.builtinOptions) in (
            schema.Conv2DOptionsT,
            schema.DepthwiseConv2DOptionsT,
        )
        if is_convolution and prod(kernel.shape[1:3]) > 1:
            yield POINTER * int(prod(output.shape[1:3]) * prod(kernel.shape[1:3])), label(output)


def most_alive(graph):
    """Return bytes and name of the float tensors that are alive when most bytes are."""
    last_read = {tensor: step for step, operator in enumerate(graph.operators) for tensor in operator.inputs}
    last_read |= dict.fromkeys(graph.outputs, len(graph.operators))
    alive, most = {}, {}
    for step, operator in enumerate(graph.operators):
        for tensor in operator.outputs:
            alive[tensor] = 4 * int(prod(graph.tensors[tensor].shape)), label(graph.tensors[tensor])
        if sum(size for size, _ in alive.values()) > sum(size for size, _ in most.values()):
            most = dict(alive)
        alive = {tensor: entry for tensor, entry in alive.items() if last_read.get(tensor, -1) > step}
    return list(most.values())


def label(tensor):
    """Shape and layer of a tensor."""
    return f"{' x '.join(map(str, tensor.shape[1:]))}, {layer_of(tensor.name.decode())}"


def print_largest(entries, most):
    """Print bytes and name of the first entries."""
    for size, name in entries[:most]:
        click.echo(f"{size / MEBIBYTE:11.0f}     {name}")


if __name__ == "__main__":
    main()
