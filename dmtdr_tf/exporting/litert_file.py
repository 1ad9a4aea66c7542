"""What is read from and added to a LiteRT file beside its graph."""

import json
from collections.abc import Mapping
from typing import Any

from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

# The name of our metadata buffer; its content is JSON in UTF-8.
METADATA_NAME = "dmtdr_tf"


def add_metadata(content: bytes, metadata: Mapping[str, Any]) -> bytes:
    """Adds metadata to a LiteRT model.

    Args:
        content: A `.tflite` file's content.
        metadata: What JSON can hold.

    Returns:
        The new content: the graph and its weights unchanged, and a metadata
        buffer named `METADATA_NAME`.
    """
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    buffer = schema.BufferT()
    buffer.data = list(json.dumps(metadata).encode())
    model.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name = METADATA_NAME
    entry.buffer = len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def read_metadata(content: bytes) -> dict[str, Any]:
    """Reads what `add_metadata` added.

    Args:
        content: A `.tflite` file's content.

    Raises:
        KeyError: The file has no metadata of ours.
    """
    model = schema.Model.GetRootAs(content, 0)
    for i in range(model.MetadataLength()):
        entry = model.Metadata(i)
        if entry.Name() == METADATA_NAME.encode():
            buffer = model.Buffers(entry.Buffer())
            return json.loads(buffer.DataAsNumpy().tobytes())
    raise KeyError(METADATA_NAME)


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
