"""Matte a photograph with a SavedModel: TensorFlow and OpenCV, neither Keras nor keras_indexnet.

indexnet export --format savedmodel --size free -o matting
python export/serve_savedmodel.py matting photo.jpg trimap.png alpha.png
"""

import sys

import cv2
import numpy as np
import tensorflow as tf

folder, photograph, trimap, output = sys.argv[1:]
image, trimap = cv2.imread(photograph, cv2.IMREAD_COLOR_RGB), cv2.imread(trimap, cv2.IMREAD_GRAYSCALE)
network = tf.saved_model.load(folder).signatures["serving_default"]

# Height and width are multiples of 32; a file of fixed size states its own.
_, height, width, _ = network.structured_input_signature[1]["image_and_trimap"].shape
size = (width or -(-image.shape[1] // 32) * 32, height or -(-image.shape[0] // 32) * 32)
pixels = np.dstack([cv2.resize(image, size), cv2.resize(trimap, size, interpolation=cv2.INTER_NEAREST)])
alpha = network(image_and_trimap=tf.constant(pixels[np.newaxis], tf.float32))["alpha"].numpy()[0, :, :, 0]

alpha = cv2.resize(alpha, image.shape[1::-1])
alpha[trimap == 0], alpha[trimap == 255] = 0, 1  # what the trimap knows stays
cv2.imwrite(output, np.rint(alpha * 255))
