import keras
import numpy as np
import pytest
from keras import ops
from scipy import ndimage

from keras_indexnet.losses import (
    AlphaPredictionLoss,
    CompositionLoss,
    GradientLoss,
    LaplacianLoss,
    MattingLoss,
)

LOSSES = [AlphaPredictionLoss, CompositionLoss, GradientLoss, LaplacianLoss, MattingLoss]
RANDOM = np.random.default_rng(0)


def sample(batch=3, height=6, width=8):
    """A target whose unknown regions have different sizes, and a prediction that leaves [0, 1]."""
    target = RANDOM.uniform(size=(batch, height, width, 8)).astype("float32")
    shares = np.linspace(0.2, 0.8, batch).reshape(-1, 1, 1)
    target[..., 1] = RANDOM.uniform(size=(batch, height, width)) < shares
    return target, RANDOM.normal(0.5, 0.5, (batch, height, width, 1)).astype("float32")


def expected_alpha_prediction(target, predicted):
    """The mean over images of the mean over unknown pixels, pixel by pixel in NumPy."""
    per_image = []
    for truth, alpha in zip(target.astype("float64"), predicted.astype("float64"), strict=True):
        unknown = truth[..., 1] == 1
        difference = alpha[unknown][:, 0] - truth[unknown][:, 0]
        per_image.append(np.sqrt(difference**2 + 1e-12).sum() / unknown.sum())
    return np.mean(per_image)


def expected_composition(target, predicted):
    per_image = []
    for truth, alpha in zip(target.astype("float64"), predicted.astype("float64"), strict=True):
        unknown = truth[..., 1] == 1
        true_alpha, foreground, background = truth[..., :1], truth[..., 2:5], truth[..., 5:8]
        true_composite = true_alpha * foreground + (1 - true_alpha) * background
        composite = alpha * foreground + (1 - alpha) * background
        difference = (composite - true_composite)[unknown]
        per_image.append(np.sqrt(difference**2 + 1e-12).sum() / unknown.sum())
    return np.mean(per_image)


def expected_gradient(target, predicted):
    """SciPy's Sobel operator on both mattes, once the known pixels of the prediction have been filled in."""
    per_image = []
    for truth, alpha in zip(target.astype("float64"), predicted.astype("float64"), strict=True):
        unknown = truth[..., 1] == 1
        filled = np.where(unknown, alpha[..., 0], truth[..., 0])
        error = 0.0
        for axis in (0, 1):
            of_both = [ndimage.sobel(matte, axis, mode="nearest") / 8 for matte in (filled, truth[..., 0])]
            error += np.abs(of_both[0] - of_both[1])[unknown].sum()
        per_image.append(error / max(unknown.sum(), 1))
    return np.mean(per_image)


def expected_laplacian(target, predicted, levels=5):
    """The pyramids of both mattes by SciPy, which enlarges by the two rules for even and odd pixels."""
    per_image = []
    for truth, alpha in zip(target.astype("float64"), predicted.astype("float64"), strict=True):
        unknown = truth[..., 1] == 1
        filled = np.where(unknown, alpha[..., 0], truth[..., 0])
        bands = zip(reference_pyramid(filled, levels), reference_pyramid(truth[..., 0], levels), strict=True)
        error = sum(2**level * np.abs(one - other).sum() for level, (one, other) in enumerate(bands))
        per_image.append(error / max(unknown.sum(), 1))
    return np.mean(per_image)


def reference_pyramid(matte, levels):
    bands = []
    for _ in range(levels - 1):
        smooth = matte
        for axis in (0, 1):
            smooth = ndimage.convolve1d(smooth, np.array([1, 4, 6, 4, 1]) / 16, axis, mode="nearest")
        coarse = smooth[::2, ::2]
        fine = coarse
        for axis in (0, 1):
            even = ndimage.correlate1d(fine, np.array([1, 6, 1]) / 8, axis, mode="nearest")
            following = np.concatenate([fine, fine.take([-1], axis)], axis).take(
                np.arange(1, fine.shape[axis] + 1), axis
            )
            fine = np.stack([even, (fine + following) / 2], axis + 1)
            fine = fine.reshape([-1 if side == axis else n for side, n in enumerate(even.shape)])
        bands.append(matte - fine[: matte.shape[0], : matte.shape[1]])
        matte = coarse
    return [*bands, matte]


def value(loss, target, predicted):
    return float(ops.convert_to_numpy(loss(target, predicted)))


def test_alpha_prediction_loss_equals_numpy():
    target, predicted = sample()
    expected = expected_alpha_prediction(target, predicted)
    assert value(AlphaPredictionLoss(), target, predicted) == pytest.approx(expected, rel=1e-5)


def test_composition_loss_equals_numpy():
    target, predicted = sample()
    expected = expected_composition(target, predicted)
    assert value(CompositionLoss(), target, predicted) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("alpha_weight", [None, 0.0, 0.3, 1.0])
def test_matting_loss_is_the_weighted_sum_of_both(alpha_weight):
    target, predicted = sample()
    loss = MattingLoss() if alpha_weight is None else MattingLoss(alpha_weight)
    share = 0.5 if alpha_weight is None else alpha_weight
    expected = share * expected_alpha_prediction(target, predicted)
    expected += (1 - share) * expected_composition(target, predicted)
    assert value(loss, target, predicted) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("size", [(6, 8), (7, 13), (1, 1), (2, 5), (48, 33)])
def test_gradient_and_laplacian_loss_equal_scipy_at_any_size(size):
    target, predicted = sample(3, *size)
    gradient, laplacian = expected_gradient(target, predicted), expected_laplacian(target, predicted)
    assert value(GradientLoss(), target, predicted) == pytest.approx(gradient, rel=1e-5, abs=1e-7)
    assert value(LaplacianLoss(), target, predicted) == pytest.approx(laplacian, rel=1e-5)
    three = expected_laplacian(target, predicted, levels=3)
    assert value(LaplacianLoss(levels=3), target, predicted) == pytest.approx(three, rel=1e-5)


def test_a_pyramid_of_one_level_is_the_mean_absolute_error():
    target, predicted = sample()
    expected = expected_alpha_prediction(target, predicted)
    assert value(LaplacianLoss(levels=1), target, predicted) == pytest.approx(expected, rel=1e-5)


def test_a_pyramid_needs_a_level():
    with pytest.raises(ValueError, match="levels is a whole number from 1 to 16, not 0"):
        LaplacianLoss(levels=0)


def test_a_step_costs_more_than_a_haze_of_the_same_mean_error():
    """What both losses are for: the haze leaves edges as they are, the step makes one."""
    target = np.zeros((1, 64, 64, 8), "float32")
    target[..., 1] = 1
    step = np.zeros((1, 64, 64, 1), "float32")
    step[:, :, 30:34] = 0.8
    haze = np.full_like(step, step.mean())
    mean_error = AlphaPredictionLoss()
    assert value(mean_error, target, step) == pytest.approx(value(mean_error, target, haze), rel=1e-4)
    for loss in (GradientLoss(), LaplacianLoss()):
        assert value(loss, target, step) > 4 * value(loss, target, haze)


def test_matting_loss_adds_the_terms_that_have_a_weight():
    target, predicted = sample()
    expected = 0.3 * expected_alpha_prediction(target, predicted)
    expected += 0.7 * expected_composition(target, predicted)
    expected += 2.0 * expected_gradient(target, predicted) + 0.1 * expected_laplacian(target, predicted)
    loss = MattingLoss(alpha_weight=0.3, gradient_weight=2.0, laplacian_weight=0.1)
    assert value(loss, target, predicted) == pytest.approx(expected, rel=1e-5)


def test_matting_loss_computes_no_term_of_weight_zero(monkeypatch):
    def refuse(self, y_true, y_pred):
        raise AssertionError(f"{self.name} was computed")

    target, predicted = sample()
    for loss_class in (CompositionLoss, GradientLoss, LaplacianLoss):
        monkeypatch.setattr(loss_class, "call", refuse)
    expected = expected_alpha_prediction(target, predicted)
    assert value(MattingLoss(alpha_weight=1.0), target, predicted) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("loss_class", LOSSES)
def test_known_pixels_do_not_count(loss_class):
    target, predicted = sample()
    elsewhere = np.where(target[..., 1:2] == 1, predicted, 77.0).astype("float32")
    assert value(loss_class(), target, elsewhere) == value(loss_class(), target, predicted)


@pytest.mark.parametrize("loss_class", LOSSES)
def test_an_image_without_unknown_pixels_contributes_zero(loss_class):
    target, predicted = sample(batch=2)
    target[1, ..., 1] = 0
    alone = value(loss_class(), target[:1], predicted[:1])
    assert value(loss_class(), target[1:], predicted[1:]) == 0
    assert value(loss_class(), target, predicted) == pytest.approx(alone / 2, rel=1e-6)


@pytest.mark.parametrize("loss", [MattingLoss(), GradientLoss(), LaplacianLoss()])
@pytest.mark.parametrize("exact", [False, True])
def test_weights_stay_finite_without_unknown_pixels_and_without_error(exact, loss):
    target, _ = sample(batch=2)
    if exact:
        target[..., 0] = 0  # what a kernel of zeros predicts: the gradient of a square root at its minimum
    else:
        target[..., 1] = 0
    model = keras.Sequential([keras.Input((6, 8, 3)), keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=loss)
    model.fit(target[..., 2:5], target, verbose=0)
    for weight in model.get_weights():
        np.testing.assert_allclose(weight, 0, atol=1e-5)  # NaN is not close to 0


@pytest.mark.parametrize("loss", [GradientLoss(), LaplacianLoss()])
def test_training_on_images_of_any_size_lowers_the_loss(loss):
    """Height and width are unknown when the training step is traced."""
    target = np.zeros((2, 21, 34, 8), "float32")
    target[..., 0], target[..., 1:] = np.linspace(0, 1, 34), 1
    inputs = np.repeat(target[..., :1], 3, axis=-1)
    dense = keras.layers.Dense(1, kernel_initializer="zeros", use_bias=False)
    model = keras.Sequential([keras.Input((None, None, 3)), dense])
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss=loss)
    history = model.fit(inputs, target, epochs=5, batch_size=2, verbose=0).history["loss"]
    assert history[-1] < 0.9 * history[0]


@pytest.mark.parametrize("loss", [GradientLoss(), LaplacianLoss()])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_predictions_are_judged_in_float32(loss, dtype):
    target, predicted = sample(2, 32, 32)
    half = ops.cast(predicted, dtype)
    rounded = ops.convert_to_numpy(ops.cast(half, "float32"))
    result = loss.call(target, half)
    assert keras.backend.standardize_dtype(result.dtype) == "float32"
    assert value(loss, target, half) == pytest.approx(value(loss, target, rounded), rel=1e-6)
    np.testing.assert_allclose(np.mean(ops.convert_to_numpy(result)), value(loss, target, rounded), rtol=1e-6)


@pytest.mark.parametrize(
    "loss",
    [
        AlphaPredictionLoss(),
        CompositionLoss(),
        GradientLoss(),
        LaplacianLoss(levels=3),
        MattingLoss(0.3, gradient_weight=1.0, laplacian_weight=2.0),
    ],
)
def test_config_round_trip(loss):
    written = keras.saving.serialize_keras_object(loss)
    read = keras.saving.deserialize_keras_object(written)
    assert read.get_config() == loss.get_config()
    target, predicted = sample()
    assert value(read, target, predicted) == value(loss, target, predicted)
