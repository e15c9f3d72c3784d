"""Sizes, counts and factors in every form that people give them in: the right answer, or one sentence."""

import json
import math
from fractions import Fraction

import keras
import numpy as np
import pytest

from keras_indexnet import IndexNetError, data, export, inference, losses, models, profiling, visualization
from keras_indexnet.data.trimap import trimap_by_erosion
from keras_indexnet.given_numbers import height_and_width, number, whole_number, whole_numbers

IMAGE = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
ALPHA = np.linspace(0, 1, 32, dtype=np.float32)[None].repeat(32, axis=0)
TRIMAP = np.select([ALPHA < 0.2, ALPHA > 0.8], [0, 255], 128).astype(np.uint8)
MASK = ALPHA > 0.5
SOURCES = [data.ProceduralForegrounds(count=1, size=32)], data.ProceduralBackgrounds(count=1, size=32)
SENTENCE = r"\A[^\n]{10,250}\.\Z"
SMALL = {"index": "hin", "nonlinear": False, "aspp": False, "width": 0.35}
FORMS = (np.int64, np.uint16, float, np.float32, np.float64, np.array, Fraction)
NO_NUMBERS = ("32", True, np.True_, None, [], {}, object(), 1j, math.nan, -math.inf, np.array([32, 32]))
NOT_THERE = (32.5, 0, -32, 10**12, math.inf)


def matte_of(**options):
    network = lambda inputs, training: inputs[..., 3:] / 255.0  # noqa: E731
    return inference.predict_alpha(network, IMAGE, TRIMAP, **options)


@pytest.fixture(scope="module")
def network():
    return models.MattingNetwork(**SMALL)


def counted(**options):
    model = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(2, 3)])
    return profiling.complexity(model, **options).multiply_adds


# name -> (what takes a number and returns something to compare, a number that is right)
DOORS = {
    "max_pixels": (lambda it: matte_of(max_pixels=it), 2048),
    "scale": (lambda it: matte_of(scales=it), 2),
    "multiple": (lambda it: inference.network_input(IMAGE, TRIMAP, it), 16),
    "sigma": (lambda it: inference.blurred_background(IMAGE, ALPHA, it), 4),
    "mask width": (lambda it: data.trimap_from_mask(MASK, it), 4),
    "erosion": (lambda it: trimap_by_erosion(ALPHA, it), 4),
    "distance": (lambda it: data.trimap_from_alpha(ALPHA, it), 4),
    "growth": (lambda it: data.grow_unknown_region(TRIMAP, ALPHA, it), 4),
    "drawn size": (lambda it: data.drawn_photograph(size=it).image, 32),
    "foreground size": (lambda it: data.ProceduralForegrounds(1, size=it)[0], 32),
    "foreground count": (lambda it: len(data.ProceduralForegrounds(it)), 32),
    "background size": (lambda it: data.ProceduralBackgrounds(1, size=it)[0], 32),
    "background count": (lambda it: len(data.ProceduralBackgrounds(it)), 32),
    "sample size": (lambda it: data.MattingSequence(*SOURCES, size=it).sample(0)[0], 32),
    "batch size": (lambda it: data.MattingSequence(*SOURCES, size=32, batch_size=it)[0][0], 2),
    "steps": (lambda it: len(data.MattingSequence(*SOURCES, steps=it)), 32),
    "square side": (lambda it: data.SampleBank(*SOURCES, side=it).nbytes, 32),
    "workers": (lambda it: data.SampleBank(*SOURCES, side=32, workers=it).nbytes, 2),
    "levels": (lambda it: losses.LaplacianLoss(it).get_config(), 3),
    "checkerboard": (lambda it: visualization.over_checkerboard(IMAGE, ALPHA, it), 4),
    "sheet height": (lambda it: visualization.side_by_side([IMAGE], ["a"], it), 64),
    "largest error": (lambda it: visualization.error_map(ALPHA, ALPHA / 2, TRIMAP, it), 1),
    "height": (lambda it: height_and_width((it, 64), 32), 32),
    "one of a shape": (lambda it: counted(input_shape=(it, 32, 3)), 32),
}
# A number is right there that is none elsewhere.
ALLOWED = {
    "max_pixels": (math.inf, 10**12),  # all at once
    "foreground count": (10**12,),  # drawn when they are asked for
    "background count": (10**12,),
    "steps": (10**12,),
    "batch size": (10**12,),
    "distance": (0, 32.5, 10**12),
    "erosion": (0, 32.5, 10**12),
    "mask width": (32.5, 10**12),
    "growth": (32.5, 10**12),
    "sigma": (32.5, None),
    "largest error": (32.5, 10**12),
    "workers": (10**12,),
    "repeats": (10**12,),
    "one of a shape": (10**12,),
    "sample size": (10**12,),
    "square side": (10**12,),
}
PAIRS = ("mask width", "growth")  # take two numbers, too


@pytest.mark.parametrize("name", DOORS)
def test_a_number_means_the_same_in_every_form(name):
    call, right = DOORS[name]
    expected = call(right)
    for form in FORMS:
        keras.tree.map_structure(np.testing.assert_array_equal, call(form(right)), expected)


@pytest.mark.parametrize("name", DOORS)
def test_what_is_no_number_there_is_named_in_one_sentence(name):
    call, _ = DOORS[name]
    for given in (*NO_NUMBERS, *NOT_THERE):
        if given in ALLOWED.get(name, ()) if np.ndim(given) == 0 else name in PAIRS:
            continue
        with pytest.raises(IndexNetError, match=SENTENCE):
            call(given)


def test_no_limit_of_pixels_is_no_tiles():
    np.testing.assert_array_equal(matte_of(max_pixels=math.inf), matte_of())


SIZES = {
    "tuple": (64, 96),
    "list": [64, 96],
    "array": np.array([64, 96]),
    "floats": (64.0, np.float32(96)),
    "generator": (side for side in (64, 96)),
}


@pytest.mark.parametrize("form", SIZES)
def test_a_size_means_the_same_in_every_form(form):
    assert repr(height_and_width(SIZES[form], 32)) == "(64, 96)"


@pytest.mark.parametrize(
    "size", [64, "64", "6464", (64,), (64, 64, 64), (64, 65), (64, 0), (64, 2**40), (True, 64), np.ones((2, 2))]
)
def test_what_is_no_size_is_named_in_one_sentence(network, size):
    takers = [lambda: height_and_width(size, 32), lambda: models.fuse_for_inference(network, size)]
    if not isinstance(size, tuple) or size != (64, 65):  # odd sides are right there
        takers.append(lambda: profiling.measure("a.tflite", size))
    for take in takers:
        with pytest.raises(IndexNetError, match=SENTENCE):
            take()


def test_the_config_of_a_network_holds_plain_numbers():
    given = {"width": np.float32(0.5), "output_stride": 16.0, "expansion": np.int8(1), "nonlinear": np.False_}
    config = models.MattingNetwork(**{**SMALL, **given}).get_config()
    assert json.dumps([config[name] for name in given]) == "[0.5, 16, 1, false]"


@pytest.mark.parametrize("name", ["output_stride", "width", "expansion"])
@pytest.mark.parametrize("network_class", [models.MattingNetwork, models.DeepLabV3Plus, models.RefineNet])
def test_what_is_no_size_of_a_network_is_named_in_one_sentence(network_class, name):
    if network_class is not models.MattingNetwork and name != "output_stride":
        return
    for given in (*NO_NUMBERS, 0, -32, 10**12, math.inf):
        with pytest.raises(IndexNetError, match=SENTENCE):
            network_class(**{name: given})


def test_numbers_leave_as_plain_python():
    plain = [
        whole_number(np.int8(3), "it"),
        number(np.float32(0.5), "it"),
        *whole_numbers(np.arange(1, 3), "they"),
    ]
    assert [type(each) for each in plain] == [int, float, int, int]


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True, 10**12])
def test_threads_are_counted(threads):
    for open_ in (export.open_exported, profiling.operator_times):
        with pytest.raises(IndexNetError, match="threads is a whole number from 1 to 1024"):
            open_("a.tflite", threads=threads)
