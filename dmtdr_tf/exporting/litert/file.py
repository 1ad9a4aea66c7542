"""Reads the operators and results of a LiteRT file."""

from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

__all__ = ["operators", "outputs"]


def operators(content: bytes) -> set[str]:
    """Names the operators of a LiteRT model.

    Args:
        content: The content of a `.tflite` file.

    Returns:
        The built-in operators' names. A custom operator, such as one of
        TensorFlow's that Flex runs, is `CUSTOM` followed by its name.
    """
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    return {
        f"CUSTOM {code.customCode.decode()}"
        if code.customCode
        else flatbuffer_utils.opcode_to_name(model, index)
        for index, code in enumerate(model.operatorCodes)
    }


def outputs(content: bytes) -> list[str]:
    """Names the results of a LiteRT model's operators, in their order.

    Args:
        content: The content of a `.tflite` file.
    """
    model = schema.Model.GetRootAs(content, 0)
    graph = model.Subgraphs(0)
    operators = map(graph.Operators, range(graph.OperatorsLength()))
    return [
        graph.Tensors(operator.Outputs(i)).Name().decode()
        for operator in operators
        for i in range(operator.OutputsLength())
    ]
