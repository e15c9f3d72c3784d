"""What a TFLite file consists of, as objects of LiteRT's schema."""

from pathlib import Path

from keras_indexnet.errors import IndexNetError
from keras_indexnet.optional import required


def read_graph(path, purpose):
    """Read a TFLite file.

    Args:
        path: str or path.
        purpose: str, what it is read for; begins the message if LiteRT is missing.

    Returns:
        `ModelT` of LiteRT's schema.

    Raises:
        ValueError: if it is no TFLite file.
        ImportError: if LiteRT is not installed.
    """
    schema = required("ai_edge_litert.schema_py_generated", purpose, "keras_indexnet[litert]")
    content = Path(path).read_bytes()
    if content[4:8] != b"TFL3":
        raise IndexNetError(f"{path} is no TFLite file.")
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))


def kind_of(model, operator):
    """Return the name of an operator, such as `"CONV_2D"`; of a custom one, its own."""
    from ai_edge_litert import schema_py_generated as schema

    code = model.operatorCodes[operator.opcodeIndex]
    if code.customCode:
        return code.customCode.decode()
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    return next(name for name, value in vars(schema.BuiltinOperator).items() if value == number)


def is_constant(model, tensor):
    """Tell whether the values of a tensor are in the file."""
    data = model.buffers[tensor.buffer].data
    return data is not None and len(data) > 0


def is_of_free_size(tensor):
    """Tell whether a side of a tensor is known only when the file runs."""
    return tensor.shapeSignature is not None and -1 in tensor.shapeSignature


def layer_of(tensor_name):
    """Return the Keras layer that a tensor of a TFLite file comes from, as far as its name tells."""
    return "/".join(tensor_name.split(";")[0].split("/")[-2:])
