"""A client of TensorFlow Serving's REST API."""

import base64
import functools
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import urllib3

from dmtdr_tf.client.request_error import RequestError

# A connection that was refused and a full queue are worth another try, an
# answer that was cut off is not.
_RETRIES = urllib3.Retry(
    total=4,
    read=0,
    backoff_factor=0.2,
    status_forcelist=(503,),
    allowed_methods=None,
    raise_on_status=False,
    respect_retry_after_header=False,
)


class RestClient:
    """Asks TensorFlow Serving, or `dmtdr serve`, by JSON.

    Args:
        host: The server.
        port: Its REST port.
        model: The model's name.
        timeout: Seconds for an answer, each try.

    Example:
    >>> client = RestClient("127.0.0.1", 8501, "dmtdr", timeout=30)
    >>> photographs = np.array([content], object)
    >>> client.predict("grade_only", {"photograph_bytes": photographs})
    """

    def __init__(self, host: str, port: int, model: str, timeout: float):
        self._url = f"http://{host}:{port}/v1/models/{model}"
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(total=timeout), retries=_RETRIES
        )

    def predict(
        self, signature: str, inputs: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Runs a signature.

        Args:
            signature: Its name.
            inputs: Arrays by name; of files, arrays of `bytes` objects.

        Returns:
            Arrays by name.

        Raises:
            RequestError: There is no answer.
        """
        request = {
            "signature_name": signature,
            "inputs": {name: _plain(array) for name, array in inputs.items()},
        }
        answer = self._call("POST", ":predict", json.dumps(request).encode())
        return {k: _array(k, v) for k, v in answer["outputs"].items()}

    def shape(self, signature: str, tensor: str) -> list[int]:
        """Returns the shape of a signature's input or output, -1 for any.

        Args:
            signature: The signature's name.
            tensor: The input's or output's.

        Raises:
            RequestError: There is no answer, or no such tensor.
        """
        tensors = self._signatures.get(signature, {})
        for side in ("inputs", "outputs"):
            if tensor in tensors.get(side, {}):
                dims = tensors[side][tensor]["tensor_shape"]["dim"]
                return [int(dim["size"]) for dim in dims]
        raise RequestError(f"the model's {signature} has no {tensor}")

    @functools.cached_property
    def _signatures(self) -> dict[str, Any]:
        answer = self._call("GET", "/metadata")
        return answer["metadata"]["signature_def"]["signature_def"]

    def close(self) -> None:
        """Closes the connections."""
        self._pool.clear()

    def _call(self, method: str, path: str, body: bytes | None = None) -> Any:
        try:
            response = self._pool.request(method, self._url + path, body=body)
            answer = json.loads(response.data)
        except urllib3.exceptions.HTTPError as error:
            reason = getattr(error, "reason", None) or error
            raise RequestError(f"no answer: {reason}") from None
        except ValueError:
            raise RequestError(f"{response.status}: not JSON") from None
        if response.status != 200:
            text = " ".join(str(answer.get("error", "")).split())
            raise RequestError(f"{response.status}: {text}")
        return answer


def _plain(array):
    if array.dtype != object:
        return array.tolist()
    return [{"b64": base64.b64encode(content).decode()} for content in array]


def _array(name, value):
    """What `_plain` of an output undoes: files as `bytes` objects."""
    if not name.endswith("_bytes"):
        return np.array(value)
    found = np.array(value, object)
    files = [base64.b64decode(item["b64"]) for item in found.flat]
    return np.array([*files, None], object)[:-1].reshape(found.shape)
