"""What the graph of a SavedModel may do besides computing, found without running any of it."""

from keras_indexnet.errors import IndexNetError

# Operators that networks are made of, though they hold names (of variables and axes) or keep a state.
COMPUTING = {
    "AssignVariableOp",
    "DisableCopyOnRead",
    "Einsum",
    "If",
    "PartitionedCall",
    "ReadVariableOp",
    "StatefulPartitionedCall",
    "VarHandleOp",
    "While",
}


def refuse_program(path):
    """Raise ValueError, as a SavedModel is a program; the message names what it does besides computing.

    Even where nothing is found it stays one: TensorFlow does not promise that an operator touches no file.

    Args:
        path: str or path of the folder.

    Raises:
        ValueError: always.
        OSError: if there is no SavedModel in the folder, or a damaged one.
    """
    found = operators_beyond_computing(path)
    holds = f" (its graph holds {', '.join(found)})" if found else ""
    raise IndexNetError(
        f"{path} is a SavedModel, a program that can read and write your files{holds}: if you trust whoever "
        "made it, open it with --trust, in Python with trust=True."
    )


def operators_beyond_computing(path):
    """List the operators of a SavedModel that might do more than compute.

    Whoever touches a file, a host or Python needs its name. So an operator is held to compute if it takes,
    gives and holds no text and keeps no state, by TensorFlow's own definition of it, or if it is one of
    `COMPUTING`. A list of the harmful ones would lack the next one that TensorFlow gets.

    Args:
        path: str or path of the folder.

    Returns:
        list of str, sorted. What only saves and restores the weights, as every SavedModel can, is left out.
    """
    from tensorflow.python.saved_model.loader_impl import parse_saved_model

    found = set()
    for graph in parse_saved_model(str(path)).meta_graphs:
        functions = {function.signature.name: function for function in graph.graph_def.library.function}
        # The loader runs what an object names. What saves the weights only the main graph names, which is run
        # in SavedModels without objects alone, those of TensorFlow 1.
        of_objects = graph.HasField("object_graph_def")
        nodes = [] if of_objects else [*graph.graph_def.node]
        naming, unnamed = [graph.object_graph_def, *nodes], set(functions)
        while naming:
            text = naming.pop().SerializeToString()
            for name in [name for name in unnamed if name.encode() in text]:
                unnamed.remove(name)
                naming.append(functions[name])
                nodes += functions[name].node_def
        found.update(node.op for node in nodes if node.op not in functions and not _computes(node.op))
    return sorted(found)


def _computes(name):
    from tensorflow.core.framework import types_pb2
    from tensorflow.python.framework import op_def_registry

    definition = op_def_registry.get(name)
    if name in COMPUTING or definition is None:  # TensorFlow alone does not have the operator
        return name in COMPUTING
    ends = {end.type for end in (*definition.input_arg, *definition.output_arg)}
    of_other_things = {types_pb2.DT_STRING, types_pb2.DT_RESOURCE, types_pb2.DT_VARIANT}
    holds_text = any(
        attribute.type in ("string", "list(string)") and not attribute.allowed_values.list.s
        for attribute in definition.attr
    )
    return not (definition.is_stateful or holds_text or ends & of_other_things)
