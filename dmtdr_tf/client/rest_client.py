"""A client for TensorFlow Serving's REST API."""

import base64
import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import urllib3

from dmtdr_tf.client.model_client import (
    LABELS_SIGNATURE,
    ModelClient,
    Shapes,
)
from dmtdr_tf.client.request_error import RequestError, clear_reason
from dmtdr_tf.client.security import Security

__all__ = ["RestClient"]

# A refused connection and a full queue are worth another try; an answer that
# was cut off is not.
_RETRIES = urllib3.Retry(
    total=4,
    read=0,
    backoff_factor=0.2,
    status_forcelist=(503,),
    allowed_methods=None,
    raise_on_status=False,
    respect_retry_after_header=False,
)


class RestClient(ModelClient):
    """A connection to TensorFlow Serving or to `dmtdr serve`, by REST.

    Args:
        host: The server.
        port: Its REST port.
        model: The model's name.
        timeout: Seconds to wait for an answer, for each try.
        security: TLS and a token; neither by default.

    Example:
    ```python
    client = RestClient("127.0.0.1", 8501, "dmtdr", timeout=30)
    photographs = np.array([content], object)
    client.predict("grade_only", {"photograph_bytes": photographs})
    ```
    """

    def __init__(
        self,
        host: str,
        port: int,
        model: str,
        timeout: float,
        security: Security | None = None,
    ):
        security = security or Security()
        scheme = "https" if security.is_encrypted else "http"
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._url = f"{scheme}://{self._address}/v1/models/{model}"
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(total=timeout),
            retries=_RETRIES,
            headers=security.headers(),
            ca_certs=os.fspath(security.tls_ca) or None,
        )

    def predict(
        self, signature: str, inputs: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        request = {
            "signature_name": signature,
            "inputs": {name: _plain(array) for name, array in inputs.items()},
        }
        answer = self._call("POST", ":predict", json.dumps(request).encode())
        return {k: _array(k, v) for k, v in answer["outputs"].items()}

    def close(self) -> None:
        self._pool.clear()

    def __repr__(self) -> str:
        return f"RestClient({self._url!r})"

    def _read_labels(self) -> Mapping[str, Any]:
        request = {"signature_name": LABELS_SIGNATURE, "inputs": {}}
        answer = self._call("POST", ":predict", json.dumps(request).encode())
        return json.loads(answer["outputs"])

    def _read_shapes(self) -> Shapes:
        answer = self._call("GET", "/metadata")
        signatures = answer["metadata"]["signature_def"]["signature_def"]
        return {
            name: {
                tensor: _sizes(info)
                for side in ("inputs", "outputs")
                for tensor, info in signature.get(side, {}).items()
            }
            for name, signature in signatures.items()
        }

    def _call(self, method: str, path: str, body: bytes | None = None) -> Any:
        try:
            response = self._pool.request(method, self._url + path, body=body)
            answer = json.loads(response.data)
        except urllib3.exceptions.HTTPError as error:
            reason = " ".join(str(getattr(error, "reason", error)).split())
            reason = clear_reason(reason, self._address)
            raise RequestError(f"no answer: {reason}") from None
        except ValueError:
            raise RequestError(f"{response.status}: not JSON") from None
        if response.status != 200:
            reason = answer.get("error", "") if isinstance(answer, dict) else ""
            text = " ".join(str(reason).split())
            raise RequestError(f"{response.status}: {text}")
        return answer


def _sizes(info: Mapping[str, Any]) -> list[int]:
    # A scalar has no "dim".
    return [int(dim["size"]) for dim in info["tensor_shape"].get("dim", ())]


def _plain(array: np.ndarray) -> list[Any]:
    """An array as JSON, with files in base 64."""
    if array.dtype != object:
        return array.tolist()
    return [{"b64": base64.b64encode(content).decode()} for content in array]


def _array(name: str, value: list[Any]) -> np.ndarray:
    """An output's array; files as `bytes` objects."""
    if not name.endswith("_bytes"):
        return np.array(value)
    encoded = np.array(value, object)
    files = np.empty(encoded.shape, object)
    for index, item in np.ndenumerate(encoded):
        files[index] = base64.b64decode(item["b64"])
    return files
