"""Convert a .pt2 file to Core ML: coremltools and PyTorch, neither Keras nor keras_indexnet.

python export/core_ml.py matting.pt2 matting.mlpackage
"""

import argparse

import coremltools
import numpy as np
import torch

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("file", help="file of Keras's model.export(..., format='torch')")
parser.add_argument("output", help="folder to write, such as matting.mlpackage")
parser.add_argument("--float32", action="store_true", help="compute in 32 bits, for twice the size")
arguments = parser.parse_args()

# coremltools takes PyTorch's core operators only. It also knows ReLU6, and not the clamping that stands for it.
table = torch.export.default_decompositions()
table.pop(torch.ops.aten.relu6.default)
program = torch.export.load(arguments.file).run_decompositions(table)
(name,) = program.graph_signature.user_inputs
(shape,) = (node.meta["val"].shape for node in program.graph.nodes if node.name == name)

model = coremltools.convert(
    program,
    inputs=[coremltools.TensorType(name="image_and_trimap", shape=shape, dtype=np.float32)],
    outputs=[coremltools.TensorType(name="alpha", dtype=np.float32)],
    minimum_deployment_target=coremltools.target.iOS17,
    compute_precision=getattr(coremltools.precision, "FLOAT32" if arguments.float32 else "FLOAT16"),
)
model.short_description = "Alpha of a photograph, 0 to 1, from red, green, blue and a trimap of 0, 128 and 255"
model.save(arguments.output)
