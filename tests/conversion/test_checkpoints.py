import pickle
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet import models
from keras_indexnet.conversion import (
    REFERENCE_CONVENTIONS,
    load_reference_checkpoint,
    save_reference_checkpoint,
)
from keras_indexnet.conversion.reference_tensors import reference_tensors

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def tensors(shared):
    """The tensors of the smallest golden checkpoint."""
    path = shared / "golden" / "unet_maxpool_b11.pth.tar"
    return torch.load(path, weights_only=True)["state_dict"]


def golden_checkpoints():
    """Whatever golden checkpoints there are: more of them need no more code."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "golden"
    return sorted(path.name.removesuffix(".pth.tar") for path in folder.glob("*.pth.tar"))


@pytest.mark.parametrize("name", golden_checkpoints())
def test_a_converted_checkpoint_computes_what_the_reference_does(shared, name):
    network = load_reference_checkpoint(shared / "golden" / f"{name}.pth.tar")
    with np.load(shared / "golden" / f"{name}_io.npz") as file:
        normalized, expected_alpha = file["input"], file["output"]
    image = normalized[..., :3] * network.image_std + network.image_mean
    inputs = np.concatenate([image, normalized[..., 3:] * 255], axis=-1).astype("float32")
    assert -1 < inputs.min() < inputs.max() < 256  # raw pixels again
    alpha = ops.convert_to_numpy(network(inputs, training=False))
    assert expected_alpha.std() > 0.01
    np.testing.assert_allclose(alpha, expected_alpha, atol=1e-4)


@pytest.mark.parametrize("name", golden_checkpoints())
def test_a_checkpoint_survives_the_way_to_keras_and_back(shared, tmp_path, name):
    path = shared / "golden" / f"{name}.pth.tar"
    save_reference_checkpoint(load_reference_checkpoint(path), tmp_path / "back.pth.tar")
    theirs = torch.load(path, weights_only=True)["state_dict"]
    mine = torch.load(tmp_path / "back.pth.tar", weights_only=True)["state_dict"]
    assert mine.keys() == theirs.keys()
    for key, tensor in theirs.items():
        assert mine[key].dtype == tensor.dtype
        assert torch.equal(mine[key], tensor), key


def test_the_configurations_of_the_golden_checkpoints(shared):
    golden = shared / "golden"
    m2o = load_reference_checkpoint(golden / "indexnet_m2o_nonlinear_context.pth.tar")
    assert (m2o.index, m2o.nonlinear, m2o.context, m2o.expansion) == ("m2o", True, True, 1)
    hin = load_reference_checkpoint(golden / "indexnet_holistic_linear.pth.tar")
    assert (hin.index, hin.nonlinear, hin.context) == ("hin", False, False)
    b11 = load_reference_checkpoint(golden / "unet_maxpool_b11.pth.tar", output_stride=16)
    assert (b11.index, b11.aspp, b11.output_stride) == ("max", True, 16)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("configuration", "options"),
    [
        ("b1", {}),
        ("b2", {}),
        ("b10", {}),
        ("hin_nonlinear_context", {"output_stride": 16}),
        ("o2o_linear_context", {}),
        ("o2o_nonlinear", {"expansion": 1}),
        pytest.param("o2o_nonlinear_context", {}, marks=pytest.mark.matrix),
        ("m2o_linear", {}),
        ("m2o_nonlinear", {"output_stride": 16}),
    ],
)
def test_every_configuration_is_recognized_and_loaded(tmp_path, configuration, options):
    keras.utils.set_random_seed(0)
    network = models.matting_model(configuration, **options, **REFERENCE_CONVENTIONS)
    for variable in network.variables:
        if len(variable.shape) == 1:
            variable.assign(np.random.uniform(0.5, 1.5, variable.shape))
    path = tmp_path / "checkpoint.pth.tar"
    save_reference_checkpoint(network, path)

    converted = load_reference_checkpoint(path)
    assert type(converted) is type(network)
    ignored = {"name"}
    if getattr(network, "index", None) == "max":
        ignored |= {"nonlinear", "context", "expansion"}
    for key in network.get_config().keys() - ignored:
        assert converted.get_config()[key] == network.get_config()[key]
    for actual, expected in zip(converted.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("options", [{"fusion": "none"}, {"index": "hmi"}, {"index": "bilinear"}])
def test_networks_that_the_reference_lacks_are_not_written(tmp_path, options):
    network = models.matting_model("b11", **options, width=0.35)
    with pytest.raises(ValueError, match="but none like 'b11'"):
        save_reference_checkpoint(network, tmp_path / "b11.pth.tar")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("mode", ["o2o", "m2o"])
def test_an_expanded_index_block_computes_what_torch_does(mode):
    """Expansion 2, of which there is no golden file: which channels belong to which group."""
    random = torch.Generator().manual_seed(0)
    network = models.MattingNetwork(index=mode, expansion=2, width=0.35, **REFERENCE_CONVENTIONS)
    channels = network.encoder_stages[3].output.shape[-1]
    groups = channels if mode == "o2o" else 1
    nn = torch.nn
    columns = [
        nn.Sequential(
            nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1, bias=False, groups=groups),
            nn.BatchNorm2d(2 * channels),
            nn.ReLU6(),
            nn.Conv2d(2 * channels, channels, 1, bias=False, groups=groups),
        ).eval()
        for _ in range(4)
    ]
    expected_tensors = reference_tensors(network)
    for number, column in enumerate(columns, start=1):
        for name, tensor in column.state_dict().items():
            if name.endswith("num_batches_tracked"):
                continue
            tensor.copy_(torch.rand(tensor.shape, generator=random) - (0.4 if tensor.ndim == 4 else 0))
            expected = expected_tensors[f"index3.indexnet{number}.{name}"]
            expected.variable.assign(expected.from_torch(tensor.numpy()))

    features = torch.rand((2, channels, 8, 12), generator=random)
    with torch.no_grad():
        logits = torch.cat([column(features) for column in columns], dim=1)
    _, decoder_index = network.get_layer("index_3")(features.permute(0, 2, 3, 1).numpy())
    expected = torch.sigmoid(logits).permute(0, 2, 3, 1).numpy()
    assert expected.std() > 0.01
    np.testing.assert_allclose(ops.convert_to_numpy(decoder_index), expected, atol=1e-5)


def test_a_missing_file():
    with pytest.raises(FileNotFoundError, match="nowhere.pth.tar"):
        load_reference_checkpoint("nowhere.pth.tar")


@pytest.mark.parametrize("content", [b"", b"no checkpoint\n", b"PK\x03\x04 half a zip", bytes(range(256))])
def test_a_file_that_is_no_checkpoint(tmp_path, content):
    path = tmp_path / "file.pth.tar"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="file.pth.tar is not a PyTorch checkpoint"):
        load_reference_checkpoint(path)


def test_a_truncated_checkpoint(shared, tmp_path):
    path = tmp_path / "half.pth.tar"
    content = (shared / "golden" / "unet_maxpool_b11.pth.tar").read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="half.pth.tar is not a PyTorch checkpoint"):
        load_reference_checkpoint(path)


class CreatesFile:
    """An object whose unpickling creates a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


@pytest.mark.parametrize(
    "save", [torch.save, lambda value, path: path.write_bytes(pickle.dumps(value, protocol=2))]
)
def test_code_in_a_checkpoint_is_not_executed(tmp_path, save):
    path, created = tmp_path / "evil.pth.tar", tmp_path / "created"
    save({"state_dict": CreatesFile(created)}, path)
    with pytest.raises(ValueError, match="evil.pth.tar is not a PyTorch checkpoint"):
        load_reference_checkpoint(path)
    assert not created.exists()


def refused(tmp_path, content, match):
    path = tmp_path / "changed.pth.tar"
    torch.save(content, path)
    with pytest.raises(ValueError, match=match):
        load_reference_checkpoint(path)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ([1, 2], "no 'state_dict'"),
        ({"epoch": 3}, "no 'state_dict'"),
        ({"state_dict": {"module.pred.1.weight": 3}}, "'module.pred.1.weight' is not a tensor"),
        ({"state_dict": {}}, "no tensor 'decoder_layer6.dconv.0.weight'"),
        ({"state_dict": {"module.conv1.weight": torch.zeros(3)}}, "not a checkpoint of a matting network"),
        ({"state_dict": {"module.index0.scale": torch.zeros(3)}}, "index block without a convolution"),
    ],
)
def test_checkpoints_of_something_else(tmp_path, content, match):
    refused(tmp_path, content, match)


def test_missing_tensors_are_named(tmp_path, tensors):
    kept = {name: tensor for name, tensor in tensors.items() if "layer3.0.conv.1." not in name}
    names = ", ".join(f"layer3.0.conv.1.{part}" for part in ("bias", "running_mean", "running_var", "weight"))
    refused(tmp_path, {"state_dict": kept}, f"missing: {names}[.]")


def test_tensors_that_are_left_over_are_named(tmp_path, tensors):
    more = {**tensors, "module.refine.0.weight": torch.zeros(3), "module.refine.0.bias": torch.zeros(3)}
    refused(tmp_path, {"state_dict": more}, "not expected: refine.0.bias, refine.0.weight[.]")


@pytest.mark.parametrize("shape", [(1, 1, 3, 3), (25,), ()])
def test_tensors_of_another_shape_are_named(tmp_path, tensors, shape):
    changed = {**tensors, "module.pred.1.weight": torch.zeros(shape)}
    refused(tmp_path, {"state_dict": changed}, r"of another shape: pred.1.weight \(")


def test_every_complaint_is_made_and_long_lists_are_shortened(tmp_path, tensors):
    changed = {name: tensor for name, tensor in tensors.items() if "dconv_pp.aspp2" not in name}
    changed["module.more"] = torch.zeros(1)
    refused(tmp_path, {"state_dict": changed}, r"missing: dconv_pp.*and 5 more; not expected: more[.]")


def test_a_checkpoint_without_parallel_training_loads_too(tmp_path, tensors):
    path = tmp_path / "plain.pth.tar"
    torch.save({"state_dict": {k.removeprefix("module."): v for k, v in tensors.items()}}, path)
    assert load_reference_checkpoint(path).index == "max"
