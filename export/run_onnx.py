"""Matte a photograph with an ONNX file: ONNX Runtime and OpenCV, neither Keras nor keras_indexnet.

indexnet export --format onnx --size free -o matting.onnx
python export/run_onnx.py matting.onnx photo.jpg trimap.png alpha.png
"""

import sys

import cv2
import numpy as np
import onnxruntime

file, photograph, trimap, output = sys.argv[1:]
image, trimap = cv2.imread(photograph, cv2.IMREAD_COLOR_RGB), cv2.imread(trimap, cv2.IMREAD_GRAYSCALE)
session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])

# Height and width are multiples of 32; a file of fixed size states its own, others have names there.
_, height, width, _ = (side if isinstance(side, int) else None for side in session.get_inputs()[0].shape)
size = (width or -(-image.shape[1] // 32) * 32, height or -(-image.shape[0] // 32) * 32)
pixels = np.dstack([cv2.resize(image, size), cv2.resize(trimap, size, interpolation=cv2.INTER_NEAREST)])
(alpha,) = session.run(["alpha"], {"image_and_trimap": pixels[np.newaxis].astype(np.float32)})

alpha = cv2.resize(alpha[0, :, :, 0], image.shape[1::-1])
alpha[trimap == 0], alpha[trimap == 255] = 0, 1  # what the trimap knows stays
cv2.imwrite(output, np.rint(alpha * 255))
