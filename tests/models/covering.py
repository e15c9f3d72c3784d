"""The networks that stand for all: few, but with every part, and with every two that depend on each other."""

from keras_indexnet import models

LEARNED = ("hin", "o2o", "m2o")


def candidates():
    """Return every configuration, as it is, with the other output stride, and without expansion.

    Those with an upsampler or of another decoder have tests of their own, `test_upsamplers.py` and
    `test_mini.py`: what meets there is a feature map.

    Returns:
        Dict from a name, such as `"b11 output_stride=16"`, to the arguments of `matting_model`: the name of
        the configuration, and a dict of what is not its own.
    """
    found = {}
    for name, configuration in models.list_configurations().items():
        if configuration.options.keys() & {"upsampler", "decoder_kernel_size"}:
            continue
        variants = [{}]
        if configuration.encoder != "vgg16":  # which has the output stride 32 only
            variants.append({"output_stride": 32 if name == "b1" else 16})
        if configuration.expands:
            variants.append({"expansion": 1})
        for options in variants:
            written = (f"{argument}={value}" for argument, value in options.items())
            found[" ".join([name, *written])] = (name, options)
    return found


def parts(name, options):
    """Return what a network consists of, and which of it depend on each other, as a set of tuples.

    Two parts are a pair where the code of one sees what the other made. Whatever else meets in a network meets
    as a feature map, which has a shape and no history.

    * Encoder and index function: an index block is built from the channels and the stages of the encoder.
    * Index function and fusion: a learned index is also applied to the feature that is handed on to the
      decoder, a maximum is not, and without a fusion there is none.
    * Index function and `nonlinear`, `context`: arguments of the block, and each block has code for them.
    * Output stride and ASPP: the stride decides the dilations. A 1x1 convolution and CRP have none.
    * Output stride and encoder: at stride 16 the last stages are dilated, in another way if they are strided.
    * Head and class of the network: every class gives its head a kernel of its own; the class stands for both.
    """
    configuration = models.list_configurations()[name]
    has = {"index": None, "fusion": None, "aspp": name == "b1", "width": 1.0}
    has |= configuration.options | options
    has.setdefault("output_stride", 16 if name == "b1" else 32)
    has.setdefault("encoder", configuration.encoder)
    if has["index"] is None and has["encoder"] == "mobilenet_v2":
        has["encoder"] = "strided mobilenet_v2"
    if has["index"] not in LEARNED:
        has |= {"nonlinear": None, "context": None}
    has["expansion"] = has.get("expansion", 2) if configuration.expands else None
    has["class"] = configuration.network.__name__
    single = {(part, has[part]) for part in has if has[part] is not None}
    pairs = [
        ("encoder", "index"),
        ("index", "fusion"),
        ("index", "nonlinear"),
        ("index", "context"),
        ("output_stride", "encoder"),
        ("output_stride", "aspp"),
    ]
    found = {(one, has[one], two, has[two]) for one, two in pairs if None not in (has[one], has[two])}
    without_dilations = {("output_stride", stride, "aspp", False) for stride in (16, 32)}
    without_block = {("encoder", encoder, "index", "bilinear") for encoder in ("mobilenet_v2", "vgg16")}
    return single | found - without_dilations - without_block


def covering(pairs):
    """Choose candidates, the one with most that is still missing first, until nothing is missing.

    Of equals it is the first, and one with MobileNetV2: what has VGG16 takes twice as long to test.

    Args:
        pairs: bool, whether parts that depend on each other have to meet in one of them.

    Returns:
        List of names from `candidates()`.
    """
    offered = {
        candidate: {part for part in parts(*network) if pairs or len(part) == 2}
        for candidate, network in candidates().items()
    }
    offered = dict(sorted(offered.items(), key=lambda offer: ("encoder", "vgg16") in offer[1]))
    missing = set().union(*offered.values())
    chosen = []
    while missing:
        best = max(offered, key=lambda candidate: len(offered[candidate] & missing))
        chosen.append(best)
        missing -= offered[best]
    return chosen
