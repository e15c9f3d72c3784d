"""A few networks that stand for all of the paper's tables."""

from itertools import combinations

from keras_indexnet import models

# Parts that meet in the code of a network; of other pairs each part is tested with any partner.
INTERACT = {
    ("index", "fusion"),  # the index function decides what the decoder is handed
    ("index", "nonlinear"),  # the layers of a learned block
    ("index", "context"),  # their kernels
    ("nonlinear", "context"),
    ("aspp", "output_stride"),  # the dilations
    ("network", "output_stride"),  # where the decoder enlarges
}


def parts_of(configuration):
    """Return the parts that a network consists of, a dict from what it is to which."""
    learned = configuration.options.get("index") in ("hin", "o2o", "m2o")
    defaults = {"encoder": "mobilenet_v2", "width": 1.0, "output_stride": 32}
    if configuration.network is models.DeepLabV3Plus:
        defaults["output_stride"] = 16
    parts = {"network": configuration.network.__name__, **defaults, **configuration.options}
    return {name: part for name, part in parts.items() if learned or name not in ("nonlinear", "context")}


def what_occurs(configuration):
    """Return the parts of a network and the pairs of them that interact, a set."""
    parts = parts_of(configuration)
    pairs = {pair for pair in combinations(parts, 2) if pair in INTERACT or pair[::-1] in INTERACT}
    return {(name, part) for name, part in parts.items()} | {
        tuple(sorted((name, parts[name]) for name in pair)) for pair in pairs
    }


def covering(configurations):
    """Choose configurations in which everything occurs that occurs in any, the one that adds most first.

    Args:
        configurations: dict from name to `Configuration`.

    Returns:
        Tuple of names, in the order of the table.
    """
    occurs = {name: what_occurs(configuration) for name, configuration in configurations.items()}
    missing, chosen = set().union(*occurs.values()), set()
    while missing:
        # Of equal ones rather not VGG16, which takes as long as three others.
        best = max(
            occurs, key=lambda name: (len(occurs[name] & missing), ("encoder", "vgg16") not in occurs[name])
        )
        chosen.add(best)
        missing -= occurs[best]
    return tuple(name for name in configurations if name in chosen)
