"""Every system of the paper's tables, and the function that builds them."""

import gc
import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from covering import candidates, covering, parts
from keras import ops
from PIL import Image
from processes import set_up

from keras_indexnet import models
from keras_indexnet.conversion import REFERENCE_CONVENTIONS
from keras_indexnet.data import Photograph, drawn_photograph
from keras_indexnet.export import export_model
from keras_indexnet.losses import MattingLoss
from keras_indexnet.profiling.counting import complexity

SAMPLES = Path(__file__).parents[2] / "datasets" / "samples"
SIZES = ((128, 160), (224, 96))  # of what an exported file is compared on
SMALL_SIZES = ((64, 96), (96, 64))
NEED_A_SIZE = ("b4", "b6")  # since Keras's bilinear UpSampling2D does
VGG16 = tuple(name for name, of in models.list_configurations().items() if of.encoder == "vgg16")
NEED_ADAM = ("b2", *VGG16)  # or they would take more steps
MOST_STEPS = 80  # a dozen are enough for most
B11 = 3_753_259
MINI = 1_301_984  # counted in test_mini.py
INDEXED = 32 + 24 + 32 + 64 + 160  # channels of the stages that end with a pooling
ASPP = (
    2 * (320 * 256 + 512)  # 1x1 and mean
    + 3 * (9 * 320 + 640 + 320 * 256 + 512)  # three dilations
    + (5 * 256 * 160 + 320)  # projection
)
POINTWISE = 320 * 160 + 320
# What the decoder of SegNet does without: the encoder's half of its 5x5 kernels.
CONCATENATED = 25 * (160 * 96 + 96 * 64 + 64 * 32 + 32 * 24 + 24 * 16 + 16 * 32 + 32 * 32)
VGG16_BLOCKS = 14_714_688 + 9 * 64  # of keras.applications, and a fourth input channel
DECODER = ((512, 512), (512, 256), (256, 128), (128, 64), (64, 64), (64, 1))
DEEP_MATTING = (
    VGG16_BLOCKS
    + (49 + 1) * 512 * 512
    + 2 * 512
    + sum(25 * before * after + after for before, after in DECODER)
)
# Parameters, and GFLOPs at 224 x 224 where the paper's table 2 states them. B1, B2 and B11-1.4 are as counted
# in the reference code, at 225 x 225 and 224 x 224; B11-1.4 of the paper has 8.86 M and 7.61.
COMPLEXITY = {
    "b1": (6_149_443, 11.545),
    "b2": (3_254_587, 1.5327),
    "b3": (130_546_907, 32.34),
    "b4": (130_546_907, None),
    "b5": (B11 - CONCATENATED - ASPP + POINTWISE, None),
    "b6": (B11 - CONCATENATED - ASPP + POINTWISE, None),
    "b7": (B11 - CONCATENATED, None),
    "b8": (B11 - CONCATENATED - ASPP + POINTWISE, None),
    "b9": (B11 - CONCATENATED, None),
    "b10": (B11 - ASPP + POINTWISE, None),
    "b11": (B11, 4.0808),
    "b11_1.4": (7_254_215, 7.673),
    "hmi": (B11, 4.08),
    "hin_linear": (B11 + 4_992, 4.09),
    "hin_linear_context": (B11 + 19_968, 4.11),
    "hin_nonlinear": (B11 + 262_304, 4.22),
    "hin_nonlinear_context": (4_791_243, 4.6066),
    "o2o_linear": (B11 + 4_992, 4.09),
    "o2o_linear_context": (B11 + 19_968, 4.11),
    "o2o_nonlinear": (B11 + 17_472, 4.10),
    "o2o_nonlinear_context": (B11 + 47_424, 4.15),
    "m2o_linear": (B11 + 517_120, 4.34),
    "m2o_linear_context": (B11 + 2_068_480, 5.12),
    "m2o_nonlinear": (B11 + 1_297_792, 4.73),
    "m2o_nonlinear_context": (8_153_771, 6.30),
    "carafe": (B11 + 64 * INDEXED + 5 * (64 + 9 * 64 * 100 + 100), None),
    "a2u": (B11 + 2 * (36 + 16) * INDEXED + 5 * (2 * 36 + 2 * 16), None),  # up and down
    "fade": (B11 + (2 * 64 + 1) * INDEXED + 5 * (2 * 64 + 9 * 64 * 25 + 25 + 1), None),
    "fade_lite": (B11 + (2 * 25 + 1) * INDEXED + 5 * (2 * 25 + 9 * 25 + 25 + 1), None),
    "sapa": (B11 + (2 * (2 + 32) + 1) * INDEXED + 5, None),
    "mini": (MINI, None),
    "deep_matting": (DEEP_MATTING, None),
    "deep_matting_refined": (DEEP_MATTING + 9 * (4 * 64 + 2 * 64 * 64 + 64) + 3 * 64 + 1, None),
}


# What is trained, saved and exported in `make test`: together they have every part. In `make test-all` every
# two parts of which the code of one sees the other meet as well, and all configurations have their turn.
COVERING = [
    "o2o_nonlinear",
    "b2 output_stride=16",
    "b11_1.4",
    "hin_linear_context",
    "b4",
    "m2o_nonlinear expansion=1",
    "deep_matting_refined",
    "b1",
    "b8",
    "hmi",
]
AS_THEY_ARE = [name for name, options in candidates().values() if not options]
ALL = dict.fromkeys([*COVERING, *covering(pairs=True), *AS_THEY_ARE])
OTHERS = [name for name in ALL if name not in COVERING]
TRAINED = [*COVERING, *(pytest.param(name, marks=pytest.mark.matrix) for name in OTHERS)]


@pytest.mark.parametrize("pairs", [False, True])
def test_the_networks_that_are_trained_have_every_part_and_every_pair_that_interacts(pairs):
    chosen = covering(pairs)
    assert set(chosen) <= set(ALL) and (pairs or chosen == COVERING)
    offered = {candidate: parts(*network) for candidate, network in candidates().items()}
    if not pairs:
        offered = {name: {part for part in found if len(part) == 2} for name, found in offered.items()}
    everything = set().union(*offered.values())
    assert set().union(*(offered[name] for name in chosen)) == everything
    for one in chosen:  # and there is none too many
        assert set().union(*(offered[name] for name in chosen if name != one)) < everything
    # And this is a part of what is asked for.
    assert {("encoder", "vgg16"), ("class", "RefineNet"), ("expansion", 1), ("width", 1.4)} < everything
    if pairs:
        assert {("encoder", "vgg16", "index", "max"), ("index", "max", "fusion", "skip")} < everything
        assert {("index", "hin", "context", False), ("output_stride", 16, "aspp", True)} < everything


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in AS_THEY_ARE or name == "fade_lite" else pytest.mark.matrix)
        for name in models.list_configurations()
    ],
)
def test_a_configuration_is_built_counted_run_and_built_again_from_its_config(name):
    """The second one with the reference code's padding, which expands the border of a block's input too.

    That is how the paper's GFLOPs were counted, and it is no default, which the config could forget.
    """
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    parameters, gflops = COMPLEXITY[name]
    network = models.matting_model(name)
    assert (network.input_shape, network.output_shape) == ((None, None, None, 4), (None, None, None, 1))
    alpha = alpha_of(network, photographs(1, (64, 96))[0], training=True)  # or features would still be faint
    assert alpha.shape == (1, 64, 96, 1)
    assert np.isfinite(alpha).all() and alpha.std() > 0.01

    config = network.get_config() | ({} if name in VGG16 else REFERENCE_CONVENTIONS)
    again = type(network).from_config(json.loads(json.dumps(config)))
    assert again.get_config() == config
    assert [weight.shape for weight in again.weights] == [weight.shape for weight in network.weights]
    size = 225 if name in ("b1", "b2") else 224
    counted = complexity(again, (size, size, 4))
    assert counted.parameters == parameters
    if gflops is not None:
        digits = max(2, len(str(gflops).partition(".")[2]))
        assert round(counted.gflops, digits) == gflops


@pytest.fixture(scope="module")
def process():
    """Another process for every five networks: traced steps take memory until it ends, imports take time."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn, initializer=set_up, max_tasks_per_child=5) as process:
        yield process


@pytest.fixture(scope="module", params=TRAINED)
def facts(request, tmp_path_factory, process):
    """What a network does."""
    folder = tmp_path_factory.mktemp("network")
    return process.submit(train_save_and_export, *candidates()[request.param], folder).result()


def train_save_and_export(name, options, folder, vgg16_too=False):
    """Train one network for some steps on one batch, save and export it, and return what was seen.

    VGG16's 130 million weights are exported on request only.
    """
    gc.collect()  # the network before
    keras.backend.clear_session()  # the names of layers count from the beginning, as in a new process
    keras.utils.set_random_seed(0)
    network = models.matting_model(name, **options)
    losses = train(network)
    training_alpha = alpha_of(network, photographs(2, (64, 64))[0], training=True)  # moves the statistics too
    inputs = {size: photographs(2, size)[0] for size in ((64, 96), (96, 32))}
    network.save(folder / "network.keras")
    loaded = keras.saving.load_model(folder / "network.keras", compile=False)
    tflite = folder / "network.tflite"
    facts = {
        "losses": losses,
        "training_alpha": training_alpha,
        "loaded": (type(loaded), loaded.get_config()) == (type(network), network.get_config()),
        "alphas": [(size, alpha_of(network, inputs[size]), alpha_of(loaded, inputs[size])) for size in inputs],
    }
    if vgg16_too or name not in VGG16:
        facts["refusal_of_tflite"] = export_to_tflite(network, tflite)
        facts["flex"] = tflite.is_file() and b"Flex" in tflite.read_bytes()
    return facts


def train(network):
    for layer in network._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            # So that few steps are enough for its statistics. With others features saturate, and of equal
            # values it is rounding that decides which is the maximum.
            layer.momentum = 0.8
        # The 103 million weights of this one layer of VGG16 would take minutes, and say nothing of the others.
        if layer.name == "encoder_conv6":
            layer.trainable = False
    # Adam's steps of two hundred variables take as long to trace as all the rest.
    adam, momentum = keras.optimizers.Adam(1e-3), keras.optimizers.SGD(0.01, momentum=0.9)
    network.compile(adam if network.name in NEED_ADAM else momentum, MattingLoss(), jit_compile=False)
    network.optimizer.build(network.trainable_variables)  # else TensorFlow traces the first step twice
    inputs, target = photographs(2, (64, 64))
    losses = []
    while len(losses) < MOST_STEPS and not has_fallen(losses):
        network.reset_metrics()
        losses.append(float(network.train_on_batch(inputs, target)))
    return losses


def has_fallen(losses):
    """Whether five steps in a row had less than half of the first two's loss."""
    return len(losses) > 6 and max(losses[-5:]) < 0.5 * min(losses[:2])


def alpha_of(network, inputs, training=False):
    return ops.convert_to_numpy(network(inputs, training=training))


def export_to_tflite(network, path):
    """Export, and return why the file was refused after comparing parts of a photograph in two sizes, or None.

    Of the maxima of a picture one may change with the order of additions, and alpha around it with it. So where
    maxima count, pictures are small, and another has a turn: a wrong graph is wrong on every picture.
    """
    hard = models.list_configurations()[network.name].options.get("index") in ("max", "hmi")
    sizes = SMALL_SIZES if hard else SIZES
    for top in (96, 0, 32, 64, 128)[: 5 if hard else 1]:
        parts = [astronaut(slice(top, top + height), slice(96, 96 + width)) for height, width in sizes]
        try:
            for size in sizes if network.name in NEED_A_SIZE else [None]:
                export_model(network, path, input_size=size, photographs=parts)  # tolerates 1e-4
        except ValueError as error:
            refusal = str(error)
        else:
            return None
    return refusal


def astronaut(rows, columns):
    """Return a part of the photograph, with its trimap as the alpha that it is compared with."""
    image, trimap = (
        np.asarray(Image.open(SAMPLES / name)) for name in ("astronaut.jpg", "astronaut_trimap.png")
    )
    return Photograph("astronaut", image[rows, columns], trimap[rows, columns], trimap[rows, columns])


@pytest.mark.slow
def test_some_steps_bring_its_loss_down(facts):
    """And it does not get there by a dead head, whose alpha would be one grey."""
    assert np.isfinite(facts["losses"]).all()
    assert has_fallen(facts["losses"])
    assert facts["training_alpha"].std() > 0.1


@pytest.mark.slow
def test_it_takes_any_size_and_survives_saving(facts):
    assert facts["loaded"]
    for size, expected, loaded in facts["alphas"]:
        assert expected.shape == (2, *size, 1)
        assert expected.std() > 1e-3
        np.testing.assert_allclose(loaded, expected, atol=1e-5)


@pytest.mark.slow
def test_it_exports_to_tflite(facts):
    if "flex" not in facts:
        pytest.skip("VGG16 takes half a minute more: test_vgg16_exports_to_tflite")
    assert facts["refusal_of_tflite"] is None
    assert not facts["flex"]


@pytest.mark.matrix
@pytest.mark.parametrize("name", VGG16)
def test_vgg16_exports_to_tflite(name, tmp_path, process):
    """What is between its convolutions is in other networks too, whose export `make test` tries."""
    test_it_exports_to_tflite(process.submit(train_save_and_export, name, {}, tmp_path, True).result())


def test_a_network_that_needs_a_size_says_so(tmp_path):
    with pytest.raises(ValueError, match="b6 has a layer that needs to know the height and the width"):
        export_model(models.matting_model("b6", width=0.35), tmp_path / "b6.tflite", input_size=None)
    assert not list(tmp_path.iterdir())


def photographs(number, size):
    """Return a batch of drawn photographs with trimaps, and the training target for them."""
    height, width = size
    drawn = [drawn_photograph(seed, size=max(size)) for seed in range(number)]
    inputs = np.stack([np.dstack([photograph.image, photograph.trimap]) for photograph in drawn])
    alpha = np.stack([photograph.alpha for photograph in drawn]) / 255
    target = np.zeros((*inputs.shape[:3], 8))
    target[..., 0], target[..., 1] = alpha, inputs[..., 3] == 128
    target[..., 2:5], target[..., 5:] = 1.0, 0.0  # a white foreground on black
    return inputs[:, :height, :width].astype("float32"), target[:, :height, :width].astype("float32")


def test_every_row_of_the_tables_is_there():
    configurations = models.list_configurations()
    table_1 = [name for name, configuration in configurations.items() if 1 in configuration.tables]
    assert table_1 == [f"b{number}" for number in range(1, 12)]
    table_2 = [name for name, configuration in configurations.items() if 2 in configuration.tables]
    assert table_2[:4] == ["b3", "b11", "b11_1.4", "hmi"]
    assert len(table_2) == 4 + 12 + 1 and table_2[-1] == "deep_matting_refined"
    successors = [
        name for name, configuration in configurations.items() if "successors" in configuration.tables
    ]
    assert successors == ["carafe", "a2u", "fade", "fade_lite", "sapa"]
    assert configurations.keys() - {*table_1, *table_2, *successors} == {"deep_matting", "mini"}
    assert min(successors, key=lambda name: configurations[name].on_resnet34.sad) == "sapa"
    best = min({*table_1, *table_2}, key=lambda name: configurations[name].paper.sad)
    assert best == "m2o_nonlinear_context"


def test_unknown_configuration_is_refused():
    with pytest.raises(ValueError, match="no configuration 'b99'.*m2o_nonlinear_context"):
        models.matting_model("b99")


@pytest.mark.parametrize("name", ["b1", "b2", "hin_linear"])
def test_an_argument_that_a_network_does_not_have_is_refused(name, tmp_path):
    with pytest.raises(
        ValueError, match="has no argument indx; it has .*conventions, .*name, dtype, trainable"
    ):
        models.matting_model(name, indx="hin")
    path = tmp_path / "network.keras"
    models.matting_model(name).save(path)
    with pytest.raises(ValueError, match="has no argument indx"):
        models.matting_model(name, path, indx="hin")


def test_imagenet_weights_of_other_channels_are_refused():
    with pytest.raises(ValueError, match="other numbers of channels than a network of width 1.4"):
        models.load_imagenet_weights(models.matting_model("b11_1.4"))


def test_unknown_weights_are_refused():
    with pytest.raises(ValueError, match="no weights 'nowhere.h5'.*'imagenet'.*indexnet_base"):
        models.matting_model("b11", weights="nowhere.h5")


def test_a_preset_of_another_configuration_is_refused():
    with pytest.raises(ValueError, match="'indexnet_base' belongs to .*'m2o_nonlinear_context', not to 'b11'"):
        models.matting_model("b11", weights="indexnet_base")


def test_presets_name_their_configuration():
    for preset in models.list_presets().values():
        assert preset["configuration"] in models.list_configurations()
        assert preset["description"]


def test_weights_from_a_file(tmp_path):
    path = tmp_path / "trained.weights.h5"
    trained = models.matting_model("hin_linear", width=0.35)
    trained.save_weights(path)
    network = models.matting_model("hin_linear", weights=path, width=0.35)
    inputs = np.random.default_rng(0).uniform(0, 255, (1, 32, 64, 4)).astype("float32")
    np.testing.assert_array_equal(*(ops.convert_to_numpy(m(inputs)) for m in (network, trained)))


def test_a_saved_network_keeps_its_options(tmp_path):
    small = models.matting_model("hin_linear", width=0.35)
    small.save(tmp_path / "small.keras")
    assert models.matting_model("hin_linear", weights=tmp_path / "small.keras").width == 0.35
    with pytest.raises(ValueError, match="it has index='hin'"):
        models.matting_model("b11", weights=tmp_path / "small.keras")
