"""Matte a photograph with a TFLite file: LiteRT and OpenCV, neither Keras nor keras_indexnet.

indexnet export --format tflite --quantization float16 -o matting.tflite
python export/run_litert.py matting.tflite photo.jpg trimap.png alpha.png
"""

import sys

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

file, photograph, trimap, output = sys.argv[1:]
image, trimap = cv2.imread(photograph, cv2.IMREAD_COLOR_RGB), cv2.imread(trimap, cv2.IMREAD_GRAYSCALE)
interpreter = Interpreter(file, num_threads=2)

# Height and width are multiples of 32; a file of fixed size states its own, others have -1 there.
(entry,) = interpreter.get_input_details()
_, height, width, _ = entry["shape_signature"]
if height < 0:
    height, width = (-(-side // 32) * 32 for side in image.shape[:2])
    interpreter.resize_tensor_input(entry["index"], (1, height, width, 4))
size = (int(width), int(height))
pixels = np.dstack([cv2.resize(image, size), cv2.resize(trimap, size, interpolation=cv2.INTER_NEAREST)])
interpreter.allocate_tensors()
interpreter.set_tensor(entry["index"], pixels[np.newaxis].astype(np.float32))
interpreter.invoke()
alpha = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0, :, :, 0]

alpha = cv2.resize(alpha, image.shape[1::-1])
alpha[trimap == 0], alpha[trimap == 255] = 0, 1  # what the trimap knows stays
cv2.imwrite(output, np.rint(alpha * 255))
