"""The index blocks, pooling and upsampling against outputs of the reference implementation."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet import layers

MODES = ("linear", "linear_context", "nonlinear", "nonlinear_context")


@pytest.fixture(scope="module")
def golden(shared):
    with np.load(shared / "golden" / "index_blocks.npz") as file:
        return dict(file)


@pytest.mark.parametrize("family", ["hin", "o2o", "m2o"])
@pytest.mark.parametrize("mode", MODES)
def test_equals_the_reference(golden, family, mode):
    values = {
        key.removeprefix(f"{family}_{mode}/"): value
        for key, value in golden.items()
        if key.startswith(f"{family}_{mode}/")
    }
    block = index_block(family, "nonlinear" in mode, "context" in mode)
    block.build(values["input"].shape)
    assign_reference_state(block, family, values)

    encoder_index, decoder_index = block(values["input"])
    pooled, indexed = layers.IndexedPooling(return_indexed=True)(values["input"], encoder_index)
    unpooled = layers.IndexedUpsampling()(pooled, decoder_index)
    actual = {
        "encoder_index": ops.depth_to_space(encoder_index, 2),
        "decoder_index": ops.depth_to_space(decoder_index, 2),
        "pooled": pooled,
        "unpooled": unpooled,
    }
    for name, tensor in actual.items():
        np.testing.assert_allclose(ops.convert_to_numpy(tensor), values[name], atol=1e-5, err_msg=name)
    expected = values["input"] * values["encoder_index"]
    np.testing.assert_allclose(ops.convert_to_numpy(indexed), expected, atol=1e-5)


def index_block(family, nonlinear, context):
    if family == "hin":
        return layers.HolisticIndexBlock(nonlinear, context)
    return layers.DepthwiseIndexBlock(family, nonlinear, context, expansion=1)


def assign_reference_state(block, family, values):
    columns = [block.index_network] if family == "hin" else block.columns
    names = ["indexnet"] if family == "hin" else [f"indexnet{number}" for number in (1, 2, 3, 4)]
    assigned = set()
    for name, column in zip(names, columns, strict=True):
        for number, layer in enumerate(column.layers):  # the reference counts its ReLU6 as well
            prefix = f"state/{name}.{number}"
            if f"{prefix}.weight" not in values:  # a single convolution that stands in no sequence
                prefix = f"state/{name}"
            if isinstance(layer, keras.layers.BatchNormalization):
                parts = [f"{prefix}.{part}" for part in ("weight", "bias", "running_mean", "running_var")]
                layer.set_weights([values[part] for part in parts])
                assigned.update(parts)
            elif layer.weights:
                layer.set_weights([kernel(values[f"{prefix}.weight"], layer)])
                assigned.add(f"{prefix}.weight")
    assert assigned == {key for key in values if key.startswith("state/")}


def kernel(weights, layer):
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return weights.transpose(2, 3, 0, 1)
    if isinstance(layer, keras.layers.Conv2D):
        return weights.transpose(2, 3, 1, 0)
    return weights[:, :, 0, 0].T  # the grouped projection
