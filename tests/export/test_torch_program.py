"""The `.pt2` file on its way to Core ML, as docs/use/export.md makes it."""

import os
import subprocess
import sys

import pytest

COMPARE = """
import numpy
import torch
from keras_indexnet import data, inference

drawn = data.drawn_photograph(seed=2, size=512, kind="hair")
inputs = inference.network_input(drawn.image, drawn.trimap)[numpy.newaxis].astype("float32")
network = models.matting_model("o2o_linear_context", weights="indexnet_light")
expected = keras.ops.convert_to_numpy(network(inputs, training=False)).clip(0, 1)
assert expected.min() == 0 and expected.max() == 1 and expected.std() > 0.2
found = torch.export.load("matting.pt2").module()(torch.from_numpy(inputs)).detach().numpy()
numpy.testing.assert_allclose(found, expected, atol=2e-5)
"""


@pytest.mark.matrix
def test_the_program_for_core_ml_equals_the_network(request, tmp_path):
    page = (request.config.rootpath / "docs" / "use" / "export.md").read_text()
    (block,) = [text for text in page.split("```python\n") if 'format="torch"' in text]
    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    program = block.partition("```")[0] + COMPARE
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path, env=environment)
