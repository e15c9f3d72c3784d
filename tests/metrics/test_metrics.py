import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet.metrics import MSE, SAD

RANDOM = np.random.default_rng(0)


def sample(batch=3, height=20, width=30):
    target = RANDOM.uniform(size=(batch, height, width, 8)).astype("float32")
    target[..., 1] = target[..., 1] < np.linspace(0.2, 0.8, batch).reshape(-1, 1, 1)
    return target, RANDOM.normal(0.5, 0.5, (batch, height, width, 1)).astype("float32")


def errors(target, predicted):
    """SAD in thousands and MSE of every image over its unknown pixels, by NumPy."""
    for truth, alpha in zip(target, predicted, strict=True):
        unknown = truth[..., 1] == 1
        difference = np.clip(alpha[unknown][:, 0], 0, 1) - truth[unknown][:, 0]
        yield np.abs(difference).sum() / 1000, np.mean(difference**2)


@pytest.mark.parametrize(("metric", "number"), [(SAD(), 0), (MSE(), 1)])
def test_equals_numpy_over_several_batches(metric, number):
    target, predicted = sample()
    for images in (slice(0, 2), slice(2, 3)):
        metric.update_state(*map(ops.convert_to_tensor, (target[images], predicted[images])))
    expected = np.mean([error[number] for error in errors(target, predicted)])
    assert float(metric.result()) == pytest.approx(expected, rel=1e-5)
    metric.reset_state()
    assert float(metric.result()) == 0


@pytest.mark.parametrize("metric_class", [SAD, MSE])
def test_takes_arrays(metric_class):
    target, predicted = sample()
    from_arrays, from_tensors = metric_class(), metric_class()
    from_arrays.update_state(target, predicted)
    from_tensors.update_state(*map(ops.convert_to_tensor, (target, predicted)))
    assert float(from_arrays.result()) == float(from_tensors.result()) > 0


@pytest.mark.parametrize("metric_class", [SAD, MSE])
def test_an_image_without_unknown_pixels_has_no_error(metric_class):
    target, predicted = map(ops.convert_to_tensor, sample(batch=1))
    metric = metric_class()
    metric.update_state(target * np.float32([1, 0, 1, 1, 1, 1, 1, 1]), predicted)
    assert float(metric.result()) == 0


def test_fit_reports_both_under_their_names():
    target, _ = sample()
    model = keras.Sequential([keras.Input((20, 30, 3)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss=first_channel, metrics=[SAD(), MSE()])
    logs = model.fit(target[..., 2:5], target, batch_size=3, verbose=0).history
    sad, mse = np.mean(list(errors(target, ops.convert_to_numpy(model(target[..., 2:5])))), axis=0)
    assert logs["sad"][0] == pytest.approx(sad, rel=1e-4)
    assert logs["mse"][0] == pytest.approx(mse, rel=1e-4)


def first_channel(y_true, y_pred):
    return ops.mean(ops.square(y_true[..., :1] - y_pred))
