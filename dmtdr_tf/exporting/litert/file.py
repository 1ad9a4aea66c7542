"""What a LiteRT file is made of."""

from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils


def operators(content: bytes) -> set[str]:
    """Names the operators of a LiteRT model.

    Args:
        content: A `.tflite` file's content.

    Returns:
        The built-in operators' names; a custom one, such as those of
        TensorFlow that Flex runs, as `CUSTOM` and its own name.
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
        content: A `.tflite` file's content.
    """
    model = schema.Model.GetRootAs(content, 0)
    graph = model.Subgraphs(0)
    operators = map(graph.Operators, range(graph.OperatorsLength()))
    return [
        graph.Tensors(operator.Outputs(i)).Name().decode()
        for operator in operators
        for i in range(operator.OutputsLength())
    ]
