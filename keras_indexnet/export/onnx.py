import warnings

from keras_indexnet.errors import IndexNetError
from keras_indexnet.export.metadata import metadata

AXES = ("batch", "height", "width")  # names of free axes


def write_onnx(graph, path):
    """Write an ONNX file, which says in its metadata what it takes and gives.

    Args:
        graph: `InferenceGraph`.
        path: str or path ending in `.onnx`.

    Raises:
        ValueError: if the model has an operator that tf2onnx cannot express.
    """
    import onnx

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # Keras patches tf2onnx for NumPy 2
            graph.as_model().export(
                str(path), format="onnx", verbose=False, input_signature=[graph.input_spec()]
            )
    except (NotImplementedError, RuntimeError, ValueError) as error:
        raise IndexNetError(f"The model cannot be written as ONNX: {str(error).splitlines()[0]}") from error
    model = onnx.load(path)
    onnx.helper.set_model_props(model, metadata(graph))
    for value in (*model.graph.input, *model.graph.output):
        for name, axis in zip(AXES, value.type.tensor_type.shape.dim, strict=False):
            if axis.dim_param:
                axis.dim_param = name
    onnx.save(model, path)
