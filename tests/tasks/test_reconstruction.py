"""The autoencoder, and how near its images are to the given ones."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet import layers, tasks
from keras_indexnet.profiling.counting import complexity

RANDOM = np.random.default_rng(0)
# 3x3 convolutions, and two numbers a channel of batch normalisation; the last convolution has a bias instead.
ENCODER = 9 * (1 * 32 + 32 * 64 + 64 * 128 + 128 * 256) + 2 * (32 + 64 + 128 + 256)
DECODER = 9 * (256 * 128 + 128 * 64 + 64 * 32 + 32 * 1) + 2 * (128 + 64 + 32) + 1
CHANNELS = 32 + 64 + 128 + 256
# What the index blocks of the four stages add.
ADDED = {
    None: 0,
    "max": 0,
    "hin_linear": 4 * 4 * CHANNELS,
    "o2o_linear_context": 4 * 16 * CHANNELS,
    "m2o_nonlinear_context": sum(4 * (16 * c * 2 * c + 2 * 2 * c + 2 * c * c) for c in (32, 64, 128, 256)),
}


def images(count=2, height=32, width=32, channels=1):
    return RANDOM.uniform(size=(count, height, width, channels)).astype("float32")


@pytest.mark.parametrize("index", ADDED)
def test_parameters_add_up(index):
    counted = complexity(tasks.autoencoder(index))
    assert counted.parameters == ENCODER + DECODER + ADDED[index]


def test_multiply_adds_add_up():
    per_pixel = [32, 32 * 64 / 4, 64 * 128 / 16, 128 * 256 / 64]
    assert complexity(tasks.autoencoder()).multiply_adds == 2 * 9 * 32 * 32 * sum(per_pixel)


def test_only_the_way_down_and_up_differs():
    plain, indexed = tasks.autoencoder(), tasks.autoencoder("max")
    for model, kinds in (
        (plain, (keras.layers.MaxPooling2D, keras.layers.UpSampling2D)),
        (indexed, (layers.IndexedPooling, layers.IndexedUpsampling)),
    ):
        assert all(isinstance(model.get_layer(f"down_{stage}"), kinds[0]) for stage in range(4))
        assert all(isinstance(model.get_layer(f"up_{stage}"), kinds[1]) for stage in range(4))
    indexed.set_weights(plain.get_weights())  # they have the same ones, in the same order
    given = images()
    down = [keras.Model(model.input, model.get_layer("down_3").output)(given) for model in (plain, indexed)]
    np.testing.assert_allclose(*map(ops.convert_to_numpy, down), atol=1e-5)


@pytest.mark.parametrize(
    "way",
    [
        {"index": "o2o_linear"},
        *(
            pytest.param(way, marks=pytest.mark.matrix)
            for way in ({}, *({"upsampler": name} for name in ("carafe", "a2u", "fade", "fade_lite", "sapa")))
        ),
    ],
    ids=lambda way: "_".join(way.values()) or "max_pooling",
)
def test_it_learns_and_comes_back_from_its_file(way, tmp_path, eager_steps):
    keras.utils.set_random_seed(0)
    model = tasks.autoencoder(**way, image_size=(16, 32), channels=3)
    model.compile(
        keras.optimizers.SGD(0.01, momentum=0.9),
        "mae",
        metrics=[tasks.PSNR(), tasks.SSIM()],
        jit_compile=False,
    )
    given = images(4, 16, 32, 3)
    losses = model.fit(given, given, epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "autoencoder.keras")
    loaded = keras.saving.load_model(tmp_path / "autoencoder.keras")
    np.testing.assert_allclose(
        *(ops.convert_to_numpy(each(given, training=False)) for each in (loaded, model)), atol=1e-6
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"index": "din"}, "There is no index block 'din'; choose from average, max, hmi, hin_linear"),
        ({"interpolation": "cubic"}, "interpolation is one of"),
        ({"image_size": (28, 28)}, "multiples of 16"),
        ({"channels": 0}, "channels is a whole number"),
        ({"upsampler": "dysample"}, "upsampler is one of carafe, a2u, fade, fade_lite, sapa, without an index"),
        ({"upsampler": "fade", "index": "hmi"}, "not 'fade' with 'hmi'"),
    ],
)
def test_one_sentence_says_what_is_wrong(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        tasks.autoencoder(**arguments)


def test_psnr_equals_numpy_over_several_batches():
    truth, predicted = images(3), images(3) * 1.5 - 0.2
    metric = tasks.PSNR()
    for part in (slice(0, 2), slice(2, 3)):
        metric.update_state(truth[part], predicted[part])
    squared = np.mean((np.clip(predicted, 0, 1) - truth) ** 2, axis=(1, 2, 3))
    assert float(metric.result()) == pytest.approx(np.mean(-10 * np.log10(squared)), rel=1e-5)


def test_ssim_equals_its_definition():
    truth = images(2, 14, 13, 2)
    predicted = np.clip(truth + 0.1 * RANDOM.normal(size=truth.shape), 0, 1).astype("float32")
    metric = tasks.SSIM()
    metric.update_state(truth, predicted)
    assert float(metric.result()) == pytest.approx(ssim_by_loops(truth, predicted), rel=1e-4)


def ssim_by_loops(truth, predicted):
    distances = np.arange(11) - 5.0
    window = np.exp(-(distances[:, None] ** 2 + distances**2) / (2 * 1.5**2))
    window /= window.sum()
    values = []
    for image, channel in np.ndindex(truth.shape[0], truth.shape[3]):
        for y, x in np.ndindex(truth.shape[1] - 10, truth.shape[2] - 10):
            a, b = (
                each[image, y : y + 11, x : x + 11, channel].astype("float64") for each in (truth, predicted)
            )
            mean_a, mean_b = (window * a).sum(), (window * b).sum()
            var_a, var_b = (window * (a - mean_a) ** 2).sum(), (window * (b - mean_b) ** 2).sum()
            covariance = (window * (a - mean_a) * (b - mean_b)).sum()
            values.append(
                (2 * mean_a * mean_b + 1e-4)
                * (2 * covariance + 9e-4)
                / ((mean_a**2 + mean_b**2 + 1e-4) * (var_a + var_b + 9e-4))
            )
    return np.mean(values)
