"""The order in which a TFLite file computes, on which it depends how much is in memory at one time."""


def order_depth_first(model):
    """Put the operators of a TFLite file into the order in which the output asks for them.

    The converter's order begins what is needed late early: as soon as it can be computed. In this one a tensor
    is computed right before the first that needs it, after all else that that one needs.

    Args:
        model: `ModelT` of LiteRT's schema, which is changed.
    """
    for graph in model.subgraphs:
        producers = {tensor: operator for operator in graph.operators for tensor in operator.outputs}
        ordered, seen = [], set()
        for tensor in graph.outputs:
            _visit(producers.get(tensor), producers, ordered, seen)
        # What no output asks for, such as a variable that is written, stays, and behind what it reads.
        for operator in graph.operators:
            _visit(operator, producers, ordered, seen)
        graph.operators = ordered


def _visit(operator, producers, ordered, seen):
    """Append an operator after all that it needs; without recursion, since graphs are deep."""
    if operator is None or id(operator) in seen:
        return
    seen.add(id(operator))
    path = [(operator, iter(operator.inputs))]
    while path:
        operator, inputs = path[-1]
        for tensor in inputs:
            needed = producers.get(tensor)
            if needed is not None and id(needed) not in seen:
                seen.add(id(needed))
                path.append((needed, iter(needed.inputs)))
                break
        else:
            ordered.append(operator)
            path.pop()
