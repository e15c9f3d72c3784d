"""Matte a photograph with a TFLite file: LiteRT and OpenCV, neither Keras nor keras_indexnet.

indexnet export --format tflite --quantization float16 -o matting.tflite
python export/run_litert.py matting.tflite photo.jpg trimap.png alpha.png
"""

import argparse

import cv2
import numpy as np
from ai_edge_litert.compiled_model import CompiledModel
from ai_edge_litert.interpreter import Interpreter
from ai_edge_litert.options import CpuOptions, Options

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("file", help="file of indexnet export --format tflite")
parser.add_argument("photograph", help="picture in colour")
parser.add_argument("trimap", help="grey picture of its size: 0 background, 128 unknown, 255 foreground")
parser.add_argument("output", help="alpha matte to write, such as alpha.png")
arguments = parser.parse_args()
image = cv2.imread(arguments.photograph, cv2.IMREAD_COLOR_RGB)
trimap = cv2.imread(arguments.trimap, cv2.IMREAD_GRAYSCALE)
if image is None or trimap is None or image.shape[:2] != trimap.shape:
    parser.error("photograph and trimap are two pictures of one size")
interpreter = Interpreter(arguments.file, num_threads=2)

# Height and width are multiples of 32; a file of fixed size states its own, others have -1 there.
(entry,) = interpreter.get_input_details()
fixed = [int(side) if side > 0 else None for side in entry["shape_signature"][1:3]]

# The photograph keeps its proportions; what it leaves of the file's size is filled with its mirror image.
scale = min((side / length for side, length in zip(fixed, trimap.shape, strict=True) if side), default=1)
scaled = [max(1, round(scale * length)) for length in trimap.shape]
padding = [(side or -(-length // 32) * 32) - length for side, length in zip(fixed, scaled, strict=True)]
smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
pixels = np.dstack(
    [
        cv2.resize(image, scaled[::-1], interpolation=smooth),
        cv2.resize(trimap, scaled[::-1], interpolation=cv2.INTER_NEAREST),
    ]
)
pixels = cv2.copyMakeBorder(pixels, 0, padding[0], 0, padding[1], cv2.BORDER_REFLECT)
inputs = pixels[np.newaxis].astype(np.float32)
if all(fixed):
    # Half the memory: XNNPACK makes pointers to pixels when they are needed (0x20; 0xB are its defaults).
    cpu = CpuOptions(num_threads=2, xnnpack_flags=0xB | 0x20)
    model = CompiledModel.from_file(arguments.file, options=Options(cpu_options=cpu))
    read, written = model.create_input_buffers(0), model.create_output_buffers(0)
    read[0].write(inputs)
    model.run_by_index(0, read, written)
    alpha = written[0].read(inputs[..., 0].size, np.float32).reshape(*inputs.shape[:3], 1)
else:  # CompiledModel crashes with free sizes (LiteRT 2.3)
    interpreter.resize_tensor_input(entry["index"], inputs.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(entry["index"], inputs)
    interpreter.invoke()
    alpha = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])

alpha = cv2.resize(alpha[0, : scaled[0], : scaled[1], 0], trimap.shape[::-1], interpolation=cv2.INTER_CUBIC)
alpha[trimap == 0], alpha[trimap == 255] = 0, 1  # what the trimap knows stays
if not cv2.imwrite(arguments.output, np.rint(alpha.clip(0, 1) * 255)):
    parser.error(f"{arguments.output} cannot be written")
