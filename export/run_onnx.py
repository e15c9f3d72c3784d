"""Matte a photograph with an ONNX file: ONNX Runtime and OpenCV, neither Keras nor keras_indexnet.

indexnet export --format onnx --size free -o matting.onnx
python export/run_onnx.py matting.onnx photo.jpg trimap.png alpha.png
"""

import argparse

import cv2
import numpy as np
import onnxruntime

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("file", help="file of indexnet export --format onnx")
parser.add_argument("photograph", help="picture in colour")
parser.add_argument("trimap", help="grey picture of its size: 0 background, 128 unknown, 255 foreground")
parser.add_argument("output", help="alpha matte to write, such as alpha.png")
arguments = parser.parse_args()
image = cv2.imread(arguments.photograph, cv2.IMREAD_COLOR_RGB)
trimap = cv2.imread(arguments.trimap, cv2.IMREAD_GRAYSCALE)
if image is None or trimap is None or image.shape[:2] != trimap.shape:
    parser.error("photograph and trimap are two pictures of one size")
session = onnxruntime.InferenceSession(arguments.file, providers=["CPUExecutionProvider"])

# Height and width are multiples of 32; a file of fixed size states its own, others have names there.
_, *sides, _ = session.get_inputs()[0].shape
fixed = [side if isinstance(side, int) else None for side in sides]

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
(alpha,) = session.run(["alpha"], {"image_and_trimap": pixels[np.newaxis].astype(np.float32)})

alpha = cv2.resize(alpha[0, : scaled[0], : scaled[1], 0], trimap.shape[::-1], interpolation=cv2.INTER_CUBIC)
alpha[trimap == 0], alpha[trimap == 255] = 0, 1  # what the trimap knows stays
if not cv2.imwrite(arguments.output, np.rint(alpha.clip(0, 1) * 255)):
    parser.error(f"{arguments.output} cannot be written")
