"""The order of a TFLite file's operators, on operators as LiteRT's schema has them."""

from types import SimpleNamespace

import pytest

from keras_indexnet.export.operator_order import order_depth_first

schema = pytest.importorskip("ai_edge_litert.schema_py_generated", reason="LiteRT is not installed")


def operator(inputs, *outputs):
    one = schema.OperatorT()
    one.inputs, one.outputs = list(inputs), list(outputs)
    return one


def ordered(operators, outputs):
    graph = schema.SubGraphT()
    graph.operators, graph.outputs = operators, outputs
    order_depth_first(SimpleNamespace(subgraphs=[graph]))
    return [operators.index(one) for one in graph.operators]


def test_what_is_needed_late_is_computed_late():
    # 1 and 2 are made of the input 0; 2 is needed last. -1 is an input that is left out.
    operators = [
        operator([0], 2),
        operator([0, -1], 1),
        operator([1], 3),
        operator([3], 4),
        operator([4, 2], 5),
    ]
    assert ordered(operators, [5]) == [1, 2, 3, 0, 4]


def test_what_no_output_needs_stays():
    operators = [operator([0], 1), operator([1], 2), operator([1], 3, 4)]
    assert ordered(operators, [4]) == [0, 2, 1]
    assert ordered(operators, []) == [0, 1, 2]


def test_a_chain_may_be_long():
    operators = [operator([number], number + 1) for number in range(3000)]
    assert ordered(operators[::-1], [3000]) == list(range(2999, -1, -1))
