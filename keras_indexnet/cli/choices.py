"""What the options of the command may be, without the tables of the library that these names are from.

Each table lies in a part of the package that imports Keras, which takes seconds, and the help has to know the
names. `tests/cli/test_choices.py` holds each equal to the library's.
"""

DATA_SETS = (
    "alphamatting",
    "adobe",
    "adobe-training",
    "aim-500",
    "ppm-100",
    "p3m",
    "p3m-np",
    "p3m-training",
    "pairs",
)
TRAINING_DATA_SETS = ("adobe-training", "p3m-training")
CLASSICAL_METHODS = ("closed-form", "knn", "lbdm", "rw")
PRESETS = ("indexnet_base", "indexnet_light", "indexnet_mini")
TRAINING_PRESETS = ("paper", "budget", "gpu")
RECIPES = ("paper", "strong", "real")
EXPORT_FORMATS = ("tflite", "onnx", "savedmodel")
EXPORT_SUFFIXES = {"tflite": ".tflite", "onnx": ".onnx", "savedmodel": ""}
QUANTIZATIONS = ("float16", "dynamic", "int8")
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
DRAWINGS = (".svg", ".pdf", ".png")
MAX_PIXELS = 1_500_000
OUTPUT_STRIDE = 32
LARGEST_SCALE = 4
SELECTING_MODEL = "u2net"
