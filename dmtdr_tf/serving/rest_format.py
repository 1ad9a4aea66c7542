"""Reads requests and writes answers in TensorFlow Serving's JSON layouts."""

import base64
import binascii
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

# Four times as fast as the standard library, and it writes NumPy's arrays
# without a Python object for each number.
import orjson
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from dmtdr_tf.serving.served_model import DEFAULT_SIGNATURE, Arrays
from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["parse", "read_inputs", "write_json", "write_outputs"]

# Strings in outputs with this ending are base64, as in TensorFlow Serving.
_BYTES = "_bytes"
# Values, lists and objects in a body, which take up to 200 bytes each in
# memory. A request of 16 photographs of 256 x 256 pixels has 4.2 million.
_MOST_VALUES = 5_000_000
_MOST_OBJECTS = 10_000
_URL_SAFE = str.maketrans("-_", "+/")


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
    values = body.count(b",") + body.count(b"[")
    if values > _MOST_VALUES or body.count(b"{") > _MOST_OBJECTS:
        raise _wrong("the body has too many values; send fewer photographs")
    try:
        request = orjson.loads(body)
    except (ValueError, RecursionError) as error:
        raise _wrong(f"the body is not JSON: {str(error)[:200]}") from None
    if not isinstance(request, dict):
        raise _wrong("the body must be a JSON object")
    if ("inputs" in request) == ("instances" in request):
        raise _wrong("the body must have either 'inputs' or 'instances'")
    name = request.setdefault("signature_name", DEFAULT_SIGNATURE)
    if not isinstance(name, str):
        raise _wrong("signature_name must be a string")
    return request


def read_inputs(
    request: Mapping[str, Any],
    signature: meta_graph_pb2.SignatureDef,
    optional: Collection[str] = (),
) -> Arrays:
    """Reads a request's arrays.

    Args:
        request: From `parse`.
        signature: The signature that it names.
        optional: Inputs that may be missing.

    Returns:
        Arrays by input.

    Raises:
        ServingError: `INVALID_ARGUMENT`.
    """
    wanted = signature.inputs
    required = set(wanted) - set(optional)
    values = (
        _columns(request["inputs"], required)
        if "inputs" in request
        else _from_rows(request["instances"], required)
    )
    if not required <= set(values) <= set(wanted):
        raise _wrong(
            f"inputs must be {sorted(required)}, not {sorted(values)}"[:500]
        )
    return {
        name: _array(name, value, tf.as_dtype(wanted[name].dtype))
        for name, value in values.items()
    }


def write_outputs(
    outputs: Arrays, rows: bool, extra: Mapping[str, Any] | None = None
) -> bytes:
    """Writes an answer in the layout of its request.

    Args:
        outputs: Arrays by name.
        rows: Whether the request had `instances`.
        extra: Further keys beside the answer's.

    Returns:
        JSON: `{"predictions": [...]}` or `{"outputs": ...}`.
    """
    values = {name: plain(name, array) for name, array in outputs.items()}
    content: Any = values
    if len(values) == 1:
        content = next(iter(values.values()))
    elif rows:
        content = [
            dict(zip(values, row, strict=True))
            for row in zip(*values.values(), strict=True)
        ]
    key = "predictions" if rows else "outputs"
    return write_json({key: content, **(extra or {})})


def write_json(content: Any) -> bytes:
    """Writes JSON, with NumPy arrays as nested lists.

    Args:
        content: Anything that JSON has, and arrays of numbers.
    """
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def _wrong(message: str) -> ServingError:
    return ServingError("INVALID_ARGUMENT", message)


def _is_base64(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"b64"}


def _columns(inputs: Any, wanted: Collection[str]) -> dict[str, Any]:
    if isinstance(inputs, dict) and not _is_base64(inputs):
        return inputs
    return _single(inputs, wanted)


def _from_rows(instances: Any, wanted: Collection[str]) -> dict[str, Any]:
    if not isinstance(instances, list) or not instances:
        raise _wrong("'instances' must be a list that is not empty")
    named = [isinstance(i, dict) and not _is_base64(i) for i in instances]
    if not any(named):
        return _single(instances, wanted)
    if not all(named) or any(set(i) != set(instances[0]) for i in instances):
        raise _wrong("all 'instances' must have the same names")
    return {name: [i[name] for i in instances] for name in instances[0]}


def _single(value: Any, wanted: Collection[str]) -> dict[str, Any]:
    """A value without a name belongs to the only input."""
    if len(wanted) != 1:
        raise _wrong(f"name the inputs: {sorted(wanted)}")
    return {next(iter(wanted)): value}


def _array(name: str, value: Any, dtype: tf.DType) -> np.ndarray:
    if dtype == tf.string:
        if not isinstance(value, list):
            raise _wrong(f"{name} must be a list")
        contents = [_content(name, item) for item in value]
        # NumPy would make an array of fixed-width bytes of the files alone.
        return np.array([*contents, None], object)[:-1]
    if dtype == tf.bool:
        return _booleans(name, value)
    try:
        return np.array(value, dtype.as_numpy_dtype)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise _wrong(
            f"{name} must be a regular nested list of numbers"
        ) from None


def _booleans(name: str, value: Any) -> np.ndarray:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(one, bool) for one in values):
        raise _wrong(f"{name} must be true or false")
    return np.array(value, bool)


def _content(name: str, item: Any) -> bytes:
    """The bytes of a string, or of `{"b64": ...}`.

    As in TensorFlow Serving, base 64 may have line breaks and need no padding;
    its URL-safe letters are accepted too.
    """
    if isinstance(item, str):
        return item.encode("utf-8", "surrogatepass")
    if not _is_base64(item) or not isinstance(item["b64"], str):
        raise _wrong(f'{name} must hold {{"b64": "..."}}')
    text = item["b64"]
    if any(char in text for char in "-_ \t\r\n\v\f"):
        text = "".join(text.split()).translate(_URL_SAFE)
    text = text.rstrip("=.")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise _wrong(f"{name}: the base64 is damaged") from None


def plain(name: str, array: np.ndarray) -> Any:
    """Something that `write_json` writes."""
    if array.dtype != object:
        return np.ascontiguousarray(array).reshape(array.shape)
    encode: Callable[[bytes], Any] = (
        _as_base64 if name.endswith(_BYTES) else _as_text
    )
    flat = np.array([encode(content) for content in array.flat], object)
    return flat.reshape(array.shape).tolist()


def _as_base64(content: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(content).decode()}


def _as_text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
