"""Matte a photograph with a SavedModel: TensorFlow and OpenCV, neither Keras nor keras_indexnet.

indexnet export --format savedmodel --size free -o matting
python export/serve_savedmodel.py matting photo.jpg trimap.png alpha.png
"""

import argparse

import cv2
import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", help="SavedModel of indexnet export; it is a program: run your own")
parser.add_argument("photograph", help="picture in colour")
parser.add_argument("trimap", help="grey picture of its size: 0 background, 128 unknown, 255 foreground")
parser.add_argument("output", help="alpha matte to write, such as alpha.png")
arguments = parser.parse_args()
image = cv2.imread(arguments.photograph, cv2.IMREAD_COLOR_RGB)
trimap = cv2.imread(arguments.trimap, cv2.IMREAD_GRAYSCALE)
if image is None or trimap is None or image.shape[:2] != trimap.shape:
    parser.error("photograph and trimap are two pictures of one size")
network = tf.saved_model.load(arguments.folder).signatures["serving_default"]

# Height and width are multiples of 32; a file of fixed size states its own, others have None there.
fixed = network.structured_input_signature[1]["image_and_trimap"].shape[1:3]

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
alpha = network(image_and_trimap=tf.constant(pixels[np.newaxis], tf.float32))["alpha"].numpy()

alpha = cv2.resize(alpha[0, : scaled[0], : scaled[1], 0], trimap.shape[::-1], interpolation=cv2.INTER_CUBIC)
alpha[trimap == 0], alpha[trimap == 255] = 0, 1  # what the trimap knows stays
if not cv2.imwrite(arguments.output, np.rint(alpha.clip(0, 1) * 255)):
    parser.error(f"{arguments.output} cannot be written")
