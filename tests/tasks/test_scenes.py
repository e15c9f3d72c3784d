"""Scene understanding: SegNet, its loss, its metrics and the readers."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet import data, tasks
from keras_indexnet.profiling.counting import complexity

RANDOM = np.random.default_rng(0)
VGG16 = 14_714_688 - 4_224 + 2 * 4_224  # its convolutions, with batch normalisation for biases
# The same convolutions in reverse, from 64 channels to 37 at the end, and from nothing to 3 no more.
REVERSED = 14_714_688 - 4_224 - 9 * 64 * 3 + 9 * 64 * 37 + 37
NORMALISED = 2 * (3 * 512 + 2 * 512 + 256 + 2 * 256 + 128 + 128 + 64 + 64)  # channels of these convolutions


@pytest.mark.parametrize("index", ["o2o_linear_context", pytest.param("max", marks=pytest.mark.matrix)])
def test_parameters_add_up(index):
    model = tasks.segnet(index=index, image_size=(32, 64))
    assert model.output_shape == (None, 32, 64, 37)
    added = 0 if index == "max" else 4 * 16 * (64 + 128 + 256 + 512 + 512)
    assert complexity(model).parameters == VGG16 + REVERSED + NORMALISED + added


@pytest.mark.matrix
@pytest.mark.parametrize("index", [None, "hin_linear"])
def test_it_learns_and_comes_back_from_its_file(index, tmp_path, eager_steps):
    keras.utils.set_random_seed(0)
    labels = RANDOM.integers(0, 3, (2, 32, 32))
    labels[:, :4] = 255
    images = (80.0 * np.eye(3)[labels % 3]).astype("float32")
    model = tasks.segnet(3, index)
    model.compile(
        keras.optimizers.Adam(0.001),
        tasks.BalancedCrossentropy(tasks.class_weights(labels, 3)),
        metrics=[tasks.PixelAccuracy(3), tasks.MeanClassAccuracy(3)],
        jit_compile=False,
    )
    history = model.fit(images, labels, epochs=4, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    model.save(tmp_path / "segnet.keras")
    loaded = keras.saving.load_model(tmp_path / "segnet.keras")
    np.testing.assert_allclose(
        *(ops.convert_to_numpy(each(images, training=False)) for each in (loaded, model)), atol=1e-5
    )


@pytest.mark.matrix
def test_the_encoder_takes_the_weights_of_keras_applications(tmp_path):
    keras.utils.set_random_seed(0)
    vgg16 = keras.applications.VGG16(include_top=False, weights=None)
    for layer in vgg16.layers:
        if layer.weights:
            layer.bias.assign(RANDOM.normal(0, 0.1, layer.bias.shape))
    vgg16.save_weights(tmp_path / "vgg16.weights.h5")
    model = tasks.segnet(weights=str(tmp_path / "vgg16.weights.h5"))
    images = RANDOM.uniform(0, 255, (1, 32, 32, 3)).astype("float32")
    found = keras.Model(model.input, model.get_layer("block2_pool").output)(images, training=False)
    expected = keras.Model(vgg16.input, vgg16.get_layer("block2_pool").output)(
        keras.applications.vgg16.preprocess_input(images.copy())
    )
    # Batch normalisation divides by the root of 1.001, four times.
    np.testing.assert_allclose(*map(ops.convert_to_numpy, (found, expected)), rtol=0.01, atol=0.05)


@pytest.mark.parametrize("side", [48, 100])
def test_a_size_that_cannot_be_halved_five_times_is_refused(side):
    with pytest.raises(
        ValueError, match=f"SegNet divides the width by 32, but the width of its input is {side}"
    ):
        tasks.segnet(image_size=(64, side))


def test_weights_balance_the_classes_by_median_frequency():
    labels = np.array([[[0, 0, 0, 1]], [[0, 0, 2, 255]]], "uint8")
    # Class 0 has 5 of 7 pixels, class 1 1 of the 4 of its image, class 2 1 of 3, class 3 none.
    frequencies = np.array([5 / 7, 1 / 4, 1 / 3])
    weights = tasks.class_weights(labels, 4)
    np.testing.assert_allclose(weights, [*(1 / 3 / frequencies), 0], rtol=1e-6)
    with pytest.raises(ValueError, match="no labelled pixel"):
        tasks.class_weights(np.full((1, 2, 2), 255, "uint8"))


def scene():
    labels = RANDOM.integers(0, 4, (2, 5, 6))
    labels[0, 0, :3] = 255
    return labels, RANDOM.normal(size=(2, 5, 6, 4)).astype("float32")


def test_the_loss_equals_numpy():
    labels, logits = scene()
    weights = np.array([0.5, 1.0, 3.0, 0.0])
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    expected = []
    for label, probability in zip(labels, probabilities, strict=True):
        labelled = label != 255
        own = np.take_along_axis(probability, (label * labelled)[..., None], axis=-1)[..., 0]
        expected.append(-(weights[label[labelled]] * np.log(own[labelled])).sum() / labelled.sum())
    loss = tasks.BalancedCrossentropy(weights)
    assert float(loss(labels, logits)) == pytest.approx(np.mean(expected), rel=1e-5)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert float(again(labels, logits)) == float(loss(labels, logits))
    assert float(loss(np.full_like(labels, 255), logits)) == 0


@pytest.mark.parametrize("weights", [[], [1.0, -1.0], [[1.0]], [float("nan")]])
def test_weights_that_are_none_are_refused(weights):
    with pytest.raises(ValueError, match="a number of 0 or more for each class"):
        tasks.BalancedCrossentropy(weights)


def test_metrics_equal_numpy_over_several_batches():
    labels, logits = scene()
    labels[labels == 3] = 2  # a class that does not occur
    predicted, labelled = logits.argmax(axis=-1), labels != 255
    right = (predicted == labels)[labelled]
    of_classes = [(predicted[labels == each] == each).mean() for each in range(3)]
    for metric, expected in (
        (tasks.PixelAccuracy(4), right.mean()),
        (tasks.MeanClassAccuracy(4), np.mean(of_classes)),
    ):
        again = keras.metrics.deserialize(keras.metrics.serialize(metric))
        for image in range(2):
            again.update_state(labels[image : image + 1], logits[image : image + 1])
        assert float(again.result()) == pytest.approx(expected, rel=1e-6)
    assert float(tasks.PixelAccuracy(4).result()) == float(tasks.MeanClassAccuracy(4).result()) == 0


def sun_rgbd(folder):
    images = RANDOM.integers(0, 256, (2, 6, 8, 3), dtype=np.uint8)
    labels = RANDOM.integers(0, 38, (2, 6, 8), dtype=np.uint8)
    labels[0, 0, :3] = 0, 1, 37
    for number in range(2):
        data.write_image(folder / "image" / "test" / f"img-{number:06}.png", images[number])
        data.write_image(folder / "label37" / "test" / f"img37labels-{number:06}.png", labels[number])
    return images, labels


def test_sun_rgbd_is_read_with_classes_from_0(tmp_path):
    images, labels = sun_rgbd(tmp_path)
    found = tasks.read_sun_rgbd(tmp_path, "test", size=(6, 8))
    np.testing.assert_array_equal(found[0], images)
    np.testing.assert_array_equal(found[1], np.where(labels == 0, 255.0, labels - 1.0))
    assert found[1][0, 0, :3].tolist() == [255, 0, 36]
    assert tasks.SUN_RGBD_CLASSES[36] == "bag"
    assert len(set(tasks.SUN_RGBD_CLASSES)) == 37


@pytest.mark.parametrize(
    ("name", "label", "sentence"),
    [
        ("img37labels-000001", 38, "holds the label 38, but labels are from 0 to 37"),
        ("labels", 1, "labels.png has no number in its name"),
        ("img37labels-000007", 1, "the first one missing is that of img37labels-000007.png"),
    ],
)
def test_one_sentence_names_what_does_not_fit_in_sun_rgbd(tmp_path, name, label, sentence):
    sun_rgbd(tmp_path)
    data.write_image(tmp_path / "label37" / "test" / f"{name}.png", np.full((6, 8), label, np.uint8))
    with pytest.raises(ValueError, match=sentence):
        tasks.read_sun_rgbd(tmp_path, "test", size=(6, 8))
    with pytest.raises(ValueError, match="train"):
        tasks.read_sun_rgbd(tmp_path)


def test_a_folder_of_labels_is_read_and_checked(tmp_path):
    images = RANDOM.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    labels = np.full((6, 8), 255, np.uint8)
    labels[2:5, 3] = 2
    data.write_image(tmp_path / "image" / "a.png", images)
    data.write_image(tmp_path / "label" / "a.png", labels)
    found = tasks.read_label_folder(tmp_path, size=(4, 6), classes=3, border=1)
    np.testing.assert_array_equal(found[0][0], images[1:-1, 1:-1])
    np.testing.assert_array_equal(found[1][0], labels[1:-1, 1:-1])
    with pytest.raises(ValueError, match="holds the label 2, but labels are from 0 to 1"):
        tasks.read_label_folder(tmp_path, classes=2)
    with pytest.raises(ValueError, match="nothing left without a border of 3"):
        tasks.read_label_folder(tmp_path, border=3)


def test_given_scenes_are_read(shared):
    folder = shared / "data" / "tasks" / "nyu"
    listed = [line.split(maxsplit=1)[1] for line in (folder / "classes.txt").read_text().splitlines()]
    assert [name.replace(" ", "_") for name in tasks.SUN_RGBD_CLASSES] == listed[:37]
    images, labels = tasks.read_label_folder(folder, size=(12, 16), border=4)
    assert images.shape == (400, 12, 16, 3)
    assert set(np.unique(labels)) <= {*range(37), 255}
