import keras
import numpy as np
import pytest

from keras_indexnet.data import CompositionRecipe, MattingSequence, ProceduralForegrounds


@pytest.fixture(scope="module")
def foregrounds():
    return ProceduralForegrounds(count=4, seed=1, size=128)


@pytest.fixture(scope="module")
def backgrounds():
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (90, 120, 3), dtype=np.uint8) for _ in range(3)]


def make_sequence(foregrounds, backgrounds, **options):
    return MattingSequence([foregrounds], backgrounds, batch_size=3, steps=4, size=64, **options)


@pytest.mark.parametrize("recipe", ["paper", "strong", CompositionRecipe()])
def test_a_batch_has_the_inputs_and_targets_that_networks_and_losses_expect(foregrounds, backgrounds, recipe):
    sequence = make_sequence(foregrounds, backgrounds, recipe=recipe)
    assert len(sequence) == 4
    inputs, targets = sequence[0]
    assert inputs.shape == (3, 64, 64, 4)
    assert targets.shape == (3, 64, 64, 8)
    assert inputs.dtype == targets.dtype == np.float32
    assert 0 <= inputs.min() <= 100 <= inputs.max() <= 255
    assert set(np.unique(inputs[..., 3])) <= {0.0, 128.0, 255.0}
    np.testing.assert_array_equal(targets[..., 1], inputs[..., 3] == 128)
    assert targets.min() >= 0
    assert targets.max() <= 1


@pytest.mark.parametrize("recipe", ["paper", "strong"])
def test_nearly_every_sample_of_soft_foregrounds_has_unknown_pixels(foregrounds, backgrounds, recipe):
    sequence = make_sequence(foregrounds, backgrounds, recipe=recipe)
    unknown = np.array([sequence.sample(number)[1][..., 1].mean() for number in range(200)])
    assert np.mean(unknown > 0) > 0.99
    assert 0.1 < unknown.mean() < 0.9


def test_the_paper_is_the_default_recipe(foregrounds, backgrounds):
    default, paper = (make_sequence(foregrounds, backgrounds, **given) for given in ({}, {"recipe": "paper"}))
    np.testing.assert_array_equal(default[0][0], paper[0][0])


def test_a_recipe_that_does_not_exist_is_refused_with_those_that_do(foregrounds, backgrounds):
    with pytest.raises(ValueError, match="The recipes are paper, strong, real; there is no 'weak'"):
        make_sequence(foregrounds, backgrounds, recipe="weak")


@pytest.mark.parametrize("recipe", ["paper", "strong"])
def test_a_seed_gives_the_same_samples_and_an_epoch_gives_new_ones(foregrounds, backgrounds, recipe):
    first, again = (make_sequence(foregrounds, backgrounds, recipe=recipe, seed=5) for _ in range(2))
    other = make_sequence(foregrounds, backgrounds, recipe=recipe, seed=6)
    again[0]  # the order in which batches are asked for does not matter
    np.testing.assert_array_equal(first[2][0], again[2][0])
    assert not np.array_equal(first[2][0], other[2][0])
    before = first[2][0]
    first.on_epoch_end()
    assert not np.array_equal(before, first[2][0])


def test_maps_that_are_not_kept_give_the_same_samples(foregrounds, backgrounds):
    kept, computed = (make_sequence(foregrounds, backgrounds, cache_bytes=limit) for limit in (2**20, 0))
    for batch in (0, 1, 0):
        np.testing.assert_array_equal(kept[batch][0], computed[batch][0])


def test_a_size_that_no_network_takes_is_refused(foregrounds, backgrounds):
    with pytest.raises(ValueError, match="multiple of 32, not 100"):
        MattingSequence([foregrounds], backgrounds, size=100)


def test_shares_decide_how_often_a_source_is_drawn_from(backgrounds):
    opaque = [np.full((64, 64, 4), 255, np.uint8)]
    clear = [np.zeros((64, 64, 4), np.uint8)]
    sequence = MattingSequence([opaque, clear], backgrounds, shares=[3, 1], size=32)
    opaque_share = np.mean([sequence.sample(number)[1][0, 0, 0] for number in range(400)])
    assert 0.68 < opaque_share < 0.82


def test_sources_and_pictures_keep_their_own_maps(backgrounds):
    """Number 0 of one source is another picture than number 0 of the other."""
    pictures = []
    for column in (10, 30, 50):
        pictures.append(np.zeros((64, 64, 4), np.uint8))
        pictures[-1][:, column, 3] = 128
    recipe = CompositionRecipe(unknown_distances=(3, 3))
    sequence = MattingSequence([pictures[:2], pictures[2:]], backgrounds, recipe, size=64)
    for number in range(60):
        _, target = sequence.sample(number)
        column = int(target[0, :, 0].argmax())
        assert set(np.flatnonzero(target[0, :, 1])) == set(range(column - 3, column + 4))


def losses_of_a_fit(sequence):
    """Fit a model without weights whose loss is the mean of the batch: the losses show what it was given."""
    losses = []
    inputs = keras.Input((None, None, 4))
    model = keras.Model(inputs, keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")(inputs))
    model.compile(keras.optimizers.SGD(0.0), loss=lambda target, output: keras.ops.mean(output))
    keep = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: losses.append(logs["loss"]))
    model.fit(sequence, epochs=2, callbacks=[keep], shuffle=False, verbose=0)
    return losses


def test_several_workers_train_on_the_same_batches_in_the_same_order(foregrounds, backgrounds):
    one, three = (
        losses_of_a_fit(make_sequence(foregrounds, backgrounds, recipe="strong", workers=workers))
        for workers in (1, 3)
    )
    assert len(set(one)) == 8
    np.testing.assert_allclose(one, three, rtol=1e-6)
