"""What networks cost: counted for `indexnet complexity`, measured for `indexnet benchmark`."""

from pathlib import Path

from keras_indexnet import inference, models
from keras_indexnet.inference import OUTPUT_STRIDE
from keras_indexnet.inference.runner import runner_of
from keras_indexnet.profiling import complexity


def multiple_of_size(name):
    """Return of what the side of the input of a configuration is a multiple, an int."""
    any_size = (models.DeepLabV3Plus, models.RefineNet)
    return 1 if models.list_configurations()[name].network in any_size else OUTPUT_STRIDE


def counted_network(name, size, as_the_reference=False):
    """Count parameters and multiply-adds of a configuration, with the reference code's borders if asked for."""
    encoder = models.list_configurations()[name].encoder
    conventions = "reference" if as_the_reference and encoder != "vgg16" else "keras"
    network = models.matting_model(name, conventions=conventions)
    return complexity(network, (*size, 4))


def saved_preset(name, folder):
    """Write a preset, by its name or its folder, into a folder as a .keras file and return its path."""
    path = Path(folder) / f"{Path(name).name}.keras"
    models.MattingNetwork.from_preset(name).save(path)
    return path


def own_size_of(path, trust):
    """Return the size that a network is made for, None if it is free."""
    size = runner_of(inference.open_model(path, trust=trust)).size
    return None if None in size else size


def costliest(times, count):
    """Return a table of the operators that take longest, and their sum, as text."""
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
