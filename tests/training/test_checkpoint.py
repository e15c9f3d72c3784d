import resource
import signal

import keras
import numpy as np
import pytest

from keras_indexnet.data import MattingSequence
from keras_indexnet.training import Budget, Checkpoint, averaged_weights, schedules
from keras_indexnet.training.checkpoint import FormerCheckpointWarning, read_checkpoint

RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(size=(8, 3)).astype("float32")
TARGETS = RANDOM.normal(size=(8, 1)).astype("float32")
PICTURES = RANDOM.integers(0, 256, (2, 64, 64, 4), dtype=np.uint8)


def small_model(units=4):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(units), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
    )
    optimizer = keras.optimizers.Adam(0.1, use_ema=True, ema_momentum=0.5)
    model.compile(optimizer, "mse", jit_compile=False)
    optimizer.build(model.trainable_variables)
    return model


def fit(model, path, first=0, epochs=4):
    budget = Budget(0.1, schedules.cosine, steps=8)
    checkpoint = Checkpoint(path, budget)
    if first:
        first = checkpoint.restore(model)
    model.fit(
        INPUTS,
        TARGETS,
        batch_size=4,
        shuffle=False,
        verbose=0,
        initial_epoch=first,
        epochs=epochs,
        callbacks=[budget, checkpoint],
    )
    return budget


def test_a_run_that_goes_on_is_the_run_that_was_not_stopped(tmp_path):
    """Weights, moments, averages, dropout and the learning rate: bit for bit."""
    whole = small_model()
    fit(whole, tmp_path / "whole.npz")
    fit(small_model(), tmp_path / "stopped.npz", epochs=2)
    resumed = small_model()
    budget = fit(resumed, tmp_path / "stopped.npz", first=2)
    assert budget.steps_done == 8
    for ours, theirs in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def losses_of_samples(path, workers, epochs):
    """Fit a model that does not learn and whose loss is the mean of its input: it shows what it was given."""
    sequence = MattingSequence(
        [PICTURES], [PICTURES[0][..., :3]], steps=2, batch_size=2, size=32, workers=workers
    )
    model = keras.Sequential([keras.Input((None, None, 4)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(0.0), loss=lambda target, output: keras.ops.mean(output))
    model.optimizer.build(model.trainable_variables)
    checkpoint = Checkpoint(path, Budget(0.0, schedules.cosine, steps=100), sequence)
    done = checkpoint.restore(model) if path.exists() else 0
    history = model.fit(
        sequence, initial_epoch=done, epochs=epochs, callbacks=[checkpoint], shuffle=False, verbose=0
    )
    return history.history["loss"]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_goes_on_is_given_the_samples_of_the_epochs_that_are_left(tmp_path, workers):
    whole = losses_of_samples(tmp_path / "whole.npz", workers, epochs=4)
    assert len(set(whole)) == 4
    stopped = losses_of_samples(tmp_path / "stopped.npz", workers, epochs=1)
    assert stopped + losses_of_samples(tmp_path / "stopped.npz", workers, epochs=4) == whole


def end_too_early(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def say_less_than_there_is(path):
    """Float16 in the header of float32: NumPy alone reads half of the bytes, and does not check them."""
    path.write_bytes(path.read_bytes().replace(b"'descr': '<f4'", b"'descr': '<f2'"))


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[content.index(b"NUMPY") + 130] ^= 4  # behind the header, which takes 128 bytes: a weight
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "what"), [(say_less_than_there_is, "damaged"), (lambda path: path.unlink(), "missing")]
)
def test_the_former_checkpoint_takes_the_place_of_one_that_is_damaged_or_missing(
    tmp_path, eager_steps, damage, what
):
    """It is missing where a run was killed between the two steps in which a new one takes its place."""
    whole = small_model()
    fit(whole, tmp_path / "whole.npz")
    path = tmp_path / "stopped.npz"
    fit(small_model(), path, epochs=2)
    damage(path)
    resumed = small_model()
    with pytest.warns(
        FormerCheckpointWarning, match=rf"stopped.npz is {what}; .* stopped.previous.npz, after epoch 1"
    ):
        budget = fit(resumed, path, first=2)
    assert budget.steps_done == 8
    for ours, theirs in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_damaged_checkpoint_never_takes_the_place_of_the_former_one(tmp_path, eager_steps):
    path, previous = tmp_path / "a.npz", tmp_path / "a.previous.npz"
    fit(small_model(), path, epochs=2)
    former = previous.read_bytes()
    flip_a_bit(path)
    with pytest.warns(FormerCheckpointWarning):
        assert Checkpoint(path, Budget(0.1, schedules.cosine, steps=8)).restore(small_model()) == 1
    assert (path.read_bytes(), previous.exists()) == (former, False)


@pytest.mark.parametrize("damage", [end_too_early, say_less_than_there_is, flip_a_bit])
def test_damaged_checkpoints_are_named(tmp_path, eager_steps, damage):
    path, previous = tmp_path / "a.npz", tmp_path / "a.previous.npz"
    fit(small_model(), path, epochs=1)
    damage(path)
    damage(previous)
    with pytest.raises(ValueError, match=r"a\.npz and .*a\.previous\.npz cannot be read; both are damaged"):
        fit(small_model(), path, first=1)
    previous.unlink()
    with pytest.raises(ValueError, match=r"a\.npz cannot be read; it is damaged"):
        fit(small_model(), path, first=1)


def test_every_bit_that_flips_is_noticed_or_does_nothing(tmp_path):
    path = tmp_path / "a.npz"
    fit(small_model(), path, epochs=1)
    good = path.read_bytes()

    def content():
        states, generator, progress = read_checkpoint(path)
        if progress is None:
            return None
        return [(state.dtype, state.shape, state.tobytes()) for state in states], generator is None, progress

    expected = content()
    seen = []
    for place in RANDOM.choice(8 * len(good), 200, replace=False):
        flipped = bytearray(good)
        flipped[place // 8] ^= 1 << place % 8
        path.write_bytes(flipped)
        seen.append(content())
    assert expected is not None and all(each in (None, expected) for each in seen)
    assert None in seen and expected in seen  # what a ZIP file has twice does not matter


def test_a_run_has_a_checkpoint_from_its_first_step_on(tmp_path, eager_steps):
    path = tmp_path / "a.npz"

    class Killed(Exception):
        pass

    class Kill(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            raise Killed

    model = small_model()
    checkpoint = Checkpoint(path, Budget(0.1, schedules.cosine, steps=8))
    assert checkpoint.restore(model) == 0
    with pytest.raises(Killed):
        model.fit(INPUTS, TARGETS, callbacks=[checkpoint, Kill()], verbose=0)
    with np.load(path) as arrays:
        assert '"epochs_done": 0' in str(arrays["progress"])


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    fit(small_model(), tmp_path / "a.npz", epochs=1)
    with pytest.raises(ValueError, match="belongs to another network"):
        fit(small_model(units=5), tmp_path / "a.npz", first=1)


def test_a_full_disk_leaves_the_last_good_checkpoint(tmp_path):
    model = small_model(units=2000)
    fit(model, tmp_path / "a.npz", epochs=1)
    good = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"a\.npz cannot be written"):
            fit(model, tmp_path / "a.npz", epochs=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert set(good) == {"a.npz", "a.previous.npz"}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == good


def test_a_loss_that_is_not_finite_is_not_kept(tmp_path):
    model = small_model()
    fit(model, tmp_path / "a.npz", epochs=1)
    good = (tmp_path / "a.npz").read_bytes()
    model.layers[0].kernel.assign(np.full((3, 4), np.nan))
    fit(model, tmp_path / "a.npz", epochs=1)
    assert (tmp_path / "a.npz").read_bytes() == good


def test_averaged_weights_are_the_moving_average_and_go_back():
    model = small_model()
    kernel = model.layers[0].kernel
    seen = []
    for _ in range(3):
        model.train_on_batch(INPUTS, TARGETS)
        seen.append(keras.ops.convert_to_numpy(kernel).copy())
    average = seen[0]
    for value in seen[1:]:
        average = 0.5 * average + 0.5 * value
    with averaged_weights(model):
        np.testing.assert_allclose(keras.ops.convert_to_numpy(kernel), average, rtol=1e-5)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(kernel), seen[-1])
