import json
from importlib.metadata import version

DESCRIPTION = "Image matting: alpha from an image and a trimap (Lu et al., ICCV 2019)"


def metadata(graph, quantization=None):
    """Return what a file says about itself, as a dict of strings.

    Args:
        graph: `InferenceGraph`.
        quantization: str or None.

    Returns:
        dict of str to str.
    """
    about = {
        "name": graph.name,
        "keras_indexnet": version("keras_indexnet"),
        "quantization": quantization or "float32",
    }
    if graph.is_matting:
        about |= {
            "description": DESCRIPTION,
            "input": "red, green, blue, trimap; 0 to 255; trimap 0 background, 128 unknown, 255 foreground",
            "output": "alpha, 0 to 1",
            "multiple": str(graph.multiple),  # of which height and width are multiples
        }
    return about


def metadata_json(graph, quantization=None):
    """Return `metadata` as JSON."""
    return json.dumps(metadata(graph, quantization), indent=2)
