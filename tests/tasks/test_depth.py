"""Monocular depth: the network of Hu et al., its loss, its metrics and the readers."""

import h5py
import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet import data, layers, tasks
from keras_indexnet.profiling.counting import complexity

RANDOM = np.random.default_rng(0)
RESNET50 = 25_636_712 - 2049 * 1000 - 2 * 26_560  # without its head and the statistics of its 26,560 channels


def projection(channels, filters):
    """The weights of an up-projection: 5x5 and 3x3 in one branch, 5x5 in the other, three normalisations."""
    return 25 * channels * filters * 2 + 9 * filters**2 + 3 * 2 * filters


FUSION = sum(projection(channels, 16) for channels in (256, 512, 1024, 2048)) + 25 * 64 * 64 + 2 * 64
REFINEMENT = 2 * (25 * 128 * 128 + 2 * 128) + 25 * 128 + 1
DECODER = 2048 * 1024 + 2 * 1024 + sum(projection(2 * f, f) for f in (512, 256, 128, 64))


@pytest.mark.parametrize(
    "index",
    ["o2o_linear_context", *(pytest.param(each, marks=pytest.mark.matrix) for each in (None, "hin_linear"))],
)
def test_shapes_and_parameters_add_up(index):
    model = tasks.depth_network(index, image_size=(64, 96))
    assert model.output_shape == (None, 32, 48, 1)
    added = {
        None: 0,
        "hin_linear": 4 * 4 * (1024 + 512 + 256 + 64),
        # The last up-projection sees 64 channels in place of 128, behind a 1x1 unit.
        "o2o_linear_context": 4 * 16 * (1024 + 512 + 256 + 64)
        + 128 * 64
        + 2 * 64
        + projection(64, 64)
        - projection(128, 64),
    }[index]
    assert complexity(model).parameters == RESNET50 + DECODER + FUSION + REFINEMENT + added
    pooling = model.get_layer("encoder").get_layer("pool1_pool" if index is None else "pool1")
    assert isinstance(pooling, keras.layers.MaxPooling2D if index is None else layers.IndexedPooling)


@pytest.mark.matrix
def test_it_trains_takes_other_sizes_and_comes_back_from_its_file(tmp_path, eager_steps):
    keras.utils.set_random_seed(0)
    images = RANDOM.uniform(0, 255, (2, 32, 64, 3)).astype("float32")
    depth = np.full((2, 16, 32, 1), 3.0, "float32")
    model = tasks.depth_network("hin_linear")
    model.compile(keras.optimizers.Adam(1e-3), tasks.DepthLoss(0, 0), jit_compile=False)
    losses = model.fit(images, depth, epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "depth.keras")
    loaded = keras.saving.load_model(tmp_path / "depth.keras")
    np.testing.assert_allclose(
        *(ops.convert_to_numpy(each(images, training=False)) for each in (loaded, model)), atol=1e-5
    )
    assert tasks.depth_network()(images[:, :30, :46]).shape == (2, 15, 23, 1)  # without indices, of any size


@pytest.mark.matrix
def test_the_encoder_takes_the_weights_of_keras_applications(tmp_path):
    keras.utils.set_random_seed(0)
    resnet = keras.applications.ResNet50(include_top=False, weights=None)
    resnet.save_weights(tmp_path / "resnet.weights.h5")
    images = RANDOM.uniform(0, 255, (1, 64, 64, 3)).astype("float32")
    model = tasks.depth_network(weights=str(tmp_path / "resnet.weights.h5"))
    found = model.get_layer("encoder")(model.get_layer("normalize")(images), training=False)[-1]
    expected = resnet(keras.applications.resnet50.preprocess_input(images.copy()), training=False)
    np.testing.assert_allclose(*map(ops.convert_to_numpy, (found, expected)), rtol=1e-3, atol=1e-4)


def test_with_indices_the_size_is_a_multiple_of_32():
    with pytest.raises(ValueError, match="divides the width by 32, but the width of its input is 304"):
        tasks.depth_network("hin_linear", image_size=(224, 304))


def depth_maps():
    truth = RANDOM.uniform(1, 4, (2, 7, 8, 1)).astype("float32")
    truth[0, 2, 3] = 0  # unknown
    predicted = (truth + RANDOM.normal(0, 0.5, truth.shape)).astype("float32")
    return truth, predicted


def sobel(values, y, x):
    kernel = np.outer([1, 2, 1], [-1, 0, 1])
    region = values[y - 1 : y + 2, x - 1 : x + 2]
    return (kernel * region).sum(), (kernel.T * region).sum()


def test_the_loss_equals_its_formula():
    truth, predicted = depth_maps()
    of_images = []
    for true, pred in zip(truth[..., 0], predicted[..., 0], strict=True):
        error = np.where(true > 0, np.abs(pred - true), 0)
        of_depth = np.log(error[true > 0] + 0.5).mean()
        gradients, normals = [], []
        for y, x in np.ndindex(5, 6):
            y, x = y + 1, x + 1
            if (true[y - 1 : y + 2, x - 1 : x + 2] > 0).all():
                gradients.append(sum(np.log(np.abs(each) + 0.5) for each in sobel(error, y, x)))
                one, two = (np.append(-np.array(sobel(each, y, x)), 1) for each in (true, pred))
                normals.append(1 - one @ two / np.linalg.norm(one) / np.linalg.norm(two))
        of_images.append((of_depth, np.mean(gradients), np.mean(normals)))
    parts = np.mean(of_images, axis=0)
    assert float(tasks.DepthLoss()(truth, predicted)) == pytest.approx(parts.sum(), rel=1e-4)
    loss = tasks.DepthLoss(gradient_weight=0.5, normal_weight=2.0)
    loss = keras.losses.deserialize(keras.losses.serialize(loss))
    assert float(loss(truth, predicted)) == pytest.approx(parts @ (1, 0.5, 2), rel=1e-4)


def test_an_image_of_unknown_depth_has_no_loss():
    assert float(tasks.DepthLoss()(np.zeros((1, 7, 8, 1)), np.ones((1, 7, 8, 1)))) == 0


METRICS = {
    "rms": (tasks.RMSDepthError, lambda t, p: np.sqrt(np.mean((t - p) ** 2))),
    "rel": (tasks.RelativeDepthError, lambda t, p: np.mean(np.abs(t - p) / t)),
    "log10": (tasks.Log10DepthError, lambda t, p: np.mean(np.abs(np.log10(t) - np.log10(p)))),
    "delta_1": (tasks.DepthAccuracy, lambda t, p: np.mean(np.maximum(t / p, p / t) < 1.25)),
}


@pytest.mark.parametrize("name", METRICS)
def test_metrics_equal_numpy_over_several_batches(name):
    metric_class, expected = METRICS[name]
    metric = metric_class(crop=False)
    assert metric.name == name
    truth, predicted = depth_maps()
    predicted = np.maximum(predicted, 0.1)
    for image in range(2):
        metric.update_state(truth[image : image + 1], predicted[image : image + 1])
    known = truth > 0
    assert float(metric.result()) == pytest.approx(expected(truth[known], predicted[known]), rel=1e-5)
    again = keras.metrics.deserialize(keras.metrics.serialize(metric))
    again.update_state(truth, predicted, sample_weight=np.array([0, 1]))
    assert float(again.result()) == pytest.approx(expected(truth[1], predicted[1]), rel=1e-5)


@pytest.mark.parametrize(("height", "width"), [(480, 640), (240, 320)])
def test_the_crop_is_that_of_the_field_at_every_size(height, width):
    truth, scale = np.ones((1, height, width, 1)), 480 // height
    predicted = np.full(truth.shape, 2.0)
    rows, columns = (slice(-(-first // scale), -(-end // scale)) for first, end in ((45, 471), (41, 601)))
    predicted[:, rows, columns] = 1
    metric = tasks.RMSDepthError()
    metric.update_state(truth, predicted)
    assert float(metric.result()) == 0
    predicted[:, rows.start] = 2
    metric.update_state(truth, predicted)
    assert float(metric.result()) > 0


@pytest.mark.parametrize("power", [1, 2, 3])
def test_accuracy_counts_what_is_within_a_power_of_the_factor(power):
    metric = tasks.DepthAccuracy(power, crop=False)
    predicted = np.array([1.2, 1.5, 1.9, 2.0, -1.0, 1 / 1.2, 1 / 1.5, 1 / 1.9]).reshape(1, 1, 8, 1)
    metric.update_state(np.ones((1, 1, 8, 1)), predicted)
    assert float(metric.result()) == 2 * power / 8


def mat_file(path, **datasets):
    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file[name] = values
    return path


def test_the_file_of_nyu_is_read_in_its_order_of_axes(tmp_path):
    images = RANDOM.integers(0, 256, (3, 12, 16, 3), dtype=np.uint8)
    depth = RANDOM.uniform(1, 9, (3, 12, 16)).astype("float32")
    path = mat_file(tmp_path / "nyu.mat", images=images.transpose(0, 3, 2, 1), depths=depth.transpose(0, 2, 1))
    found = tasks.read_nyu_depth(path, size=(12, 16), numbers=[2, 0])
    np.testing.assert_array_equal(found[0], images[[2, 0]])
    np.testing.assert_array_equal(found[1][..., 0], depth[[2, 0]])
    halves = tasks.read_nyu_depth(path, size=(6, 8))
    assert (halves[0].shape, halves[1].shape) == ((3, 6, 8, 3), (3, 6, 8, 1))
    assert np.isin(halves[1], depth).all()  # nearest pixels, no means
    with pytest.raises(ValueError, match="has the frames 0 to 2, and no frame 3"):
        tasks.read_nyu_depth(path, numbers=[3])
    with pytest.raises(ValueError, match="numbers is empty"):
        tasks.read_nyu_depth(path, numbers=[])


@pytest.mark.parametrize("kind", ["text", "other", "cut", "not fitting"])
def test_another_file_than_that_of_nyu_is_named(tmp_path, kind):
    path = tmp_path / "nyu.mat"
    if kind == "text":
        path.write_text("MATLAB 5.0")
    else:
        name = "depths" if kind == "not fitting" else "depth"
        mat_file(path, images=np.zeros((1, 3, 8, 8), np.uint8), **{name: np.zeros((1, 8, 9))})
    if kind == "cut":
        path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="nyu.mat is not nyu_depth_v2_labeled.mat"):
        tasks.read_nyu_depth(path)
    with pytest.raises(ValueError, match="There is no file"):
        tasks.read_nyu_depth(tmp_path / "missing.mat")


def depth_folder(folder, size=(10, 14)):
    images = RANDOM.integers(0, 256, (2, *size, 3), dtype=np.uint8)
    depth = RANDOM.integers(700, 9999, (2, *size)).astype(np.uint16)
    for number in range(2):
        data.write_image(folder / "image" / f"{number}.png", images[number])
        data.write_image(folder / "depth" / f"{number}.png", depth[number])
    data.write_image(folder / "image" / "without_depth.png", images[0])
    return images, depth


def test_a_folder_is_read_in_metres(tmp_path):
    images, depth = depth_folder(tmp_path)
    found = tasks.read_depth_folder(tmp_path, size=(8, 12), border=1)
    np.testing.assert_array_equal(found[0], images[:, 1:-1, 1:-1])
    np.testing.assert_allclose(found[1][..., 0], depth[:, 1:-1, 1:-1] / 1000, rtol=1e-6)
    assert found[1].dtype == np.float32


def break_folder(folder, kind):
    path = folder / "depth" / "1.png"
    if kind == "cut":
        path.write_bytes(path.read_bytes()[:60])
    elif kind == "eight bits":
        data.write_image(path, np.zeros((10, 14), np.uint8))
    elif kind == "size":
        data.write_image(path, np.zeros((10, 15), np.uint16))
    elif kind == "twice":
        data.write_image(path.with_suffix(".tif"), np.zeros((10, 14), np.uint16))
    elif kind == "without image":
        path.rename(folder / "depth" / "3.png")
    else:
        (folder / "depth").rename(folder / "depths")


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("cut", "1.png is no image, or it is damaged."),
        ("eight bits", "1.png holds no depth: that is one channel of 16 bits, in millimetres."),
        ("size", "1.png has 15 x 10 pixels, but .*1.png has 14 x 10."),
        ("without image", "holds the image of 1 of the 2 files .* the first one missing is that of 3.png"),
        ("twice", "1.png and .*1.tif have one name; keep one of the two."),
        ("folder", "no folder|does not exist"),
    ],
)
def test_one_sentence_names_what_is_broken_in_a_folder(tmp_path, kind, sentence):
    depth_folder(tmp_path)
    break_folder(tmp_path, kind)
    with pytest.raises(ValueError, match=sentence):
        tasks.read_depth_folder(tmp_path)


def test_given_frames_are_read(shared):
    images, depth = tasks.read_depth_folder(shared / "data" / "tasks" / "nyu", size=(24, 32), border=4)
    assert images.shape == (200, 24, 32, 3)
    assert 0.7 < depth.min() < depth.max() < 10
