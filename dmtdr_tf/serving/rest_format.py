"""Reads requests and writes answers in TensorFlow Serving's JSON layouts."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from dmtdr_tf.serving.served_model import DEFAULT_SIGNATURE, Arrays
from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["parse", "read_inputs", "write_outputs"]

# Strings in outputs with this ending are base64, as in TensorFlow Serving.
_BYTES = "_bytes"


def parse(body: bytes) -> dict[str, Any]:
    """Reads the body of a request.

    Args:
        body: JSON.

    Returns:
        The object, with `inputs` (columns) or `instances` (rows), and
        `signature_name`.

    Raises:
        ServingError: `INVALID_ARGUMENT`: the body is not such an object.

    Example:
    >>> parse(b'{"instances": [1.0]}')["signature_name"]
    'serving_default'
    """
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _wrong(f"the body is not JSON: {error}") from None
    if not isinstance(request, dict):
        raise _wrong("the body must be a JSON object")
    if ("inputs" in request) == ("instances" in request):
        raise _wrong("the body must have either 'inputs' or 'instances'")
    name = request.setdefault("signature_name", DEFAULT_SIGNATURE)
    if not isinstance(name, str):
        raise _wrong("signature_name must be a string")
    return request


def read_inputs(
    request: Mapping[str, Any], signature: meta_graph_pb2.SignatureDef
) -> Arrays:
    """Reads a request's arrays.

    Args:
        request: From `parse`.
        signature: The signature that it names.

    Returns:
        Arrays by input.

    Raises:
        ServingError: `INVALID_ARGUMENT`.
    """
    wanted = signature.inputs
    values = (
        _columns(request["inputs"], wanted)
        if "inputs" in request
        else _from_rows(request["instances"], wanted)
    )
    if set(values) != set(wanted):
        raise _wrong(f"inputs must be {sorted(wanted)}, not {sorted(values)}")
    return {
        name: _array(name, value, tf.as_dtype(wanted[name].dtype))
        for name, value in values.items()
    }


def write_outputs(outputs: Arrays, rows: bool) -> bytes:
    """Writes an answer in the layout of its request.

    Args:
        outputs: Arrays by name.
        rows: Whether the request had `instances`.

    Returns:
        JSON: `{"predictions": [...]}` or `{"outputs": ...}`.
    """
    values = {name: _plain(name, array) for name, array in outputs.items()}
    if not rows:
        answer: Any = values if len(values) > 1 else next(iter(values.values()))
        return json.dumps({"outputs": answer}).encode()
    if len(values) == 1:
        return json.dumps({"predictions": next(iter(values.values()))}).encode()
    predictions = [
        dict(zip(values, row, strict=True))
        for row in zip(*values.values(), strict=True)
    ]
    return json.dumps({"predictions": predictions}).encode()


def _wrong(message: str) -> ServingError:
    return ServingError("INVALID_ARGUMENT", message)


def _is_base64(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"b64"}


def _columns(inputs: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(inputs, dict) and not _is_base64(inputs):
        return inputs
    return _single(inputs, wanted)


def _from_rows(instances: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(instances, list) or not instances:
        raise _wrong("'instances' must be a list that is not empty")
    named = [isinstance(i, dict) and not _is_base64(i) for i in instances]
    if not any(named):
        return _single(instances, wanted)
    if not all(named) or any(set(i) != set(instances[0]) for i in instances):
        raise _wrong("all 'instances' must have the same names")
    return {name: [i[name] for i in instances] for name in instances[0]}


def _single(value: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A value without a name belongs to the only input."""
    if len(wanted) != 1:
        raise _wrong(f"name the inputs: {sorted(wanted)}")
    return {next(iter(wanted)): value}


def _array(name: str, value: Any, dtype: tf.DType) -> np.ndarray:
    if dtype == tf.string:
        if not isinstance(value, list):
            raise _wrong(f"{name} must be a list")
        return np.array([_content(name, item) for item in value], object)
    try:
        return np.array(value, dtype.as_numpy_dtype)
    except (ValueError, TypeError, OverflowError):
        raise _wrong(
            f"{name} must be a regular nested list of numbers"
        ) from None


def _content(name: str, item: Any) -> bytes:
    """The bytes of a string, or of `{"b64": ...}`."""
    if isinstance(item, str):
        return item.encode("utf-8", "surrogatepass")
    if not _is_base64(item) or not isinstance(item["b64"], str):
        raise _wrong(f'{name} must hold {{"b64": "..."}}')
    try:
        return base64.b64decode(item["b64"], validate=True)
    except (binascii.Error, ValueError):
        raise _wrong(f"{name}: the base64 is damaged") from None


def _plain(name: str, array: np.ndarray) -> Any:
    """Nested lists of values that JSON has."""
    if array.dtype != object:
        return array.tolist()
    encode: Callable[[bytes], Any] = (
        _as_base64 if name.endswith(_BYTES) else _as_text
    )
    flat = np.array([encode(content) for content in array.flat], object)
    return flat.reshape(array.shape).tolist()


def _as_base64(content: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(content).decode()}


def _as_text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
