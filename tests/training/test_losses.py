import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet.training.losses import AlphaPredictionLoss, CompositionLoss, MattingLoss

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


@pytest.mark.parametrize("loss_class", [AlphaPredictionLoss, CompositionLoss, MattingLoss])
def test_known_pixels_do_not_count(loss_class):
    target, predicted = sample()
    elsewhere = np.where(target[..., 1:2] == 1, predicted, 77.0).astype("float32")
    assert value(loss_class(), target, elsewhere) == value(loss_class(), target, predicted)


@pytest.mark.parametrize("loss_class", [AlphaPredictionLoss, CompositionLoss, MattingLoss])
def test_an_image_without_unknown_pixels_contributes_zero(loss_class):
    target, predicted = sample(batch=2)
    target[1, ..., 1] = 0
    alone = value(loss_class(), target[:1], predicted[:1])
    assert value(loss_class(), target[1:], predicted[1:]) == 0
    assert value(loss_class(), target, predicted) == pytest.approx(alone / 2, rel=1e-6)


@pytest.mark.parametrize("exact", [False, True])
def test_weights_stay_finite_without_unknown_pixels_and_without_error(exact):
    target, _ = sample(batch=2)
    if exact:
        target[..., 0] = 0  # what a kernel of zeros predicts: the gradient of a square root at its minimum
    else:
        target[..., 1] = 0
    model = keras.Sequential([keras.Input((6, 8, 3)), keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=MattingLoss())
    model.fit(target[..., 2:5], target, verbose=0)
    for weight in model.get_weights():
        np.testing.assert_allclose(weight, 0, atol=1e-5)  # NaN is not close to 0


@pytest.mark.parametrize("loss", [AlphaPredictionLoss(), CompositionLoss(), MattingLoss(0.3)])
def test_config_round_trip(loss):
    written = keras.saving.serialize_keras_object(loss)
    assert keras.saving.deserialize_keras_object(written).get_config() == loss.get_config()
