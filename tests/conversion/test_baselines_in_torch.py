"""The baselines B1 and B2 once more, in PyTorch, from a checkpoint: convolutions pad by hand, and so on."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet import models
from keras_indexnet.conversion import REFERENCE_CONVENTIONS, reference_state_dict

torch = pytest.importorskip("torch")
functional = torch.nn.functional

# expansion, blocks and stride of the encoder's stages 1 to 7
STAGES = ((1, 1, 1), (6, 2, 2), (6, 3, 2), (6, 4, 2), (6, 3, 1), (6, 3, 2), (6, 1, 1))


class Twin:
    """Computes with the tensors of a state_dict."""

    def __init__(self, state_dict, output_stride):
        self.tensors = state_dict
        self.output_stride = output_stride

    def normalized(self, x, name):
        parts = (self.tensors[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return functional.batch_norm(x, *parts, eps=1e-5)

    def convolution(self, x, name, **options):
        kernel = self.tensors[f"{name}.weight"]
        groups = x.shape[1] // kernel.shape[1]
        return functional.conv2d(x, kernel, groups=groups, **options)

    def unit(self, x, convolution, normalization, **options):
        return functional.relu6(self.normalized(self.convolution(x, convolution, **options), normalization))

    def unit_of(self, x, name):
        padding = self.tensors[f"{name}.0.weight"].shape[-1] // 2
        return self.unit(x, f"{name}.0", f"{name}.1", padding=padding)

    def block(self, x, name, expansion, stride, dilation):
        y = functional.pad(x, [dilation] * 4)
        numbers = iter((0, 1, 3, 4, 6, 7) if expansion > 1 else (0, 1, 3, 4))
        if expansion > 1:
            y = self.unit(y, f"{name}.{next(numbers)}", f"{name}.{next(numbers)}")
        y = self.unit(y, f"{name}.{next(numbers)}", f"{name}.{next(numbers)}", stride=stride, dilation=dilation)
        y = self.convolution(y, f"{name}.{next(numbers)}")
        y = self.normalized(y, f"{name}.{next(numbers)}")
        return x + y if x.shape == y.shape else y

    def encode(self, x):
        features = [self.unit(x, "layer0.0", "layer0.1", stride=2, padding=1)]
        reached = 2
        for stage, (expansion, blocks, stride) in enumerate(STAGES, start=1):
            dilated = reached == self.output_stride and stage >= 6
            stride = 1 if reached == self.output_stride else stride
            reached *= stride
            x = features[-1]
            for number in range(blocks):
                first_of_six = stage == 6 and number == 0
                dilation = 2 if dilated and self.output_stride == 16 and not first_of_six else 1
                x = self.block(x, f"layer{stage}.{number}.conv", expansion, stride, dilation)
                stride = 1
            features.append(x)
        return features

    def aspp(self, x):
        maps = [self.unit_of(x, "dconv_pp.aspp1.atrous_conv")]
        for number, dilation in enumerate({32: (2, 4, 8), 16: (6, 12, 18)}[self.output_stride], start=2):
            name = f"dconv_pp.aspp{number}.atrous_conv"
            y = self.unit(x, f"{name}.0", f"{name}.1", padding=dilation, dilation=dilation)
            maps.append(self.unit(y, f"{name}.3", f"{name}.4"))
        mean = x.mean(dim=(2, 3), keepdim=True)
        mean = self.unit(mean, "dconv_pp.global_avg_pool.1", "dconv_pp.global_avg_pool.2")
        maps.append(mean.expand_as(maps[0]))
        return self.unit_of(torch.cat(maps, dim=1), "dconv_pp.bottleneck_conv")

    def deeplab_v3_plus(self, inputs):
        features = self.encode(inputs)
        low_level = self.unit_of(features[2], "decoder.first_dconv")
        x = torch.cat([enlarged(self.aspp(features[7]), low_level), low_level], dim=1)
        x = self.unit_of(self.unit_of(x, "decoder.last_dconv.0"), "decoder.last_dconv.1")
        x = self.convolution(self.unit_of(x, "pred"), "pred.3")
        return enlarged(x, inputs)

    def chained_pooling(self, x, name):
        pooled = x
        for link in range(1, 5):
            pooled = functional.max_pool2d(pooled, 5, stride=1, padding=2)
            pooled = self.unit_of(pooled, f"{name}.0.{link}_outvar_dimred")
            x = x + pooled
        return x

    def refine_net(self, inputs):
        features = self.encode(inputs)
        d2, d3, d4, d5, d6, d7 = (self.unit_of(features[i], f"dconv{i}") for i in range(2, 8))
        x = self.chained_pooling(functional.relu6(d7 + d6), "dconv_crp4")
        x = enlarged(self.unit_of(x, "dconv_adapt4"), d4)
        x = self.chained_pooling(functional.relu6(d4 + d5 + x), "dconv_crp3")
        x = enlarged(self.unit_of(x, "dconv_adapt3"), d3)
        x = self.chained_pooling(functional.relu6(d3 + x), "dconv_crp2")
        x = enlarged(self.unit_of(x, "dconv_adapt2"), d2)
        x = self.chained_pooling(functional.relu6(d2 + x), "dconv_crp1")
        x = self.convolution(self.unit_of(x, "pred.0"), "pred.1", padding=2)
        return enlarged(x, inputs)


def enlarged(x, like):
    return functional.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=True)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(97, 129), (64, 96), (50, 71)])
@pytest.mark.parametrize(
    ("name", "output_stride", "compute"),
    [
        ("b1", 16, Twin.deeplab_v3_plus),
        ("b1", 32, Twin.deeplab_v3_plus),
        ("b2", 32, Twin.refine_net),
        ("b2", 16, Twin.refine_net),
    ],
)
def test_baseline(baseline, name, output_stride, compute, size):
    network = baseline(name, output_stride)
    normalized = np.random.default_rng(0).normal(0, 1, (1, *size, 4)).astype("float32")
    conventions = network.encoder_conventions()
    image = normalized[..., :3] * conventions.image_std + conventions.image_mean
    raw = np.concatenate([image, normalized[..., 3:] * 255], axis=-1).astype("float32")
    with torch.no_grad():
        twin = Twin(reference_state_dict(network), output_stride)
        expected = compute(twin, torch.from_numpy(normalized).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).numpy()
    assert expected.std() > 0.01
    np.testing.assert_allclose(ops.convert_to_numpy(network(raw, training=False)), expected, atol=1e-4)


@pytest.fixture(scope="module")
def baseline():
    networks = {}

    def build(name, output_stride):
        if (name, output_stride) not in networks:
            keras.utils.set_random_seed(3)  # with some others the head of B1 is dead
            network = models.matting_model(name, output_stride=output_stride, **REFERENCE_CONVENTIONS)
            random = np.random.default_rng(1)
            for variable in network.variables:
                if len(variable.shape) == 1:
                    variable.assign(random.uniform(0.5, 1.5, variable.shape))
            networks[name, output_stride] = network
        return networks[name, output_stride]

    return build
