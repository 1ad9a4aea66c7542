"""A client for TensorFlow Serving's gRPC API."""

import json
from collections.abc import Mapping
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from dmtdr_tf.client.model_client import (
    LABELS_SIGNATURE,
    ModelClient,
    Shapes,
)
from dmtdr_tf.client.request_error import RequestError, clear_reason
from dmtdr_tf.client.security import Security

__all__ = ["GrpcClient"]

# A full queue and a server that is starting are worth another try. gRPC
# itself allows five tries at most, and ends them at the deadline.
_RETRIES = {
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.2s",
                "maxBackoff": "5s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
            },
        }
    ]
}
_OPTIONS = [
    # 4 MB by default: a float answer at 1024 is 29 MB.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.service_config", json.dumps(_RETRIES)),
]


class GrpcClient(ModelClient):
    """A connection to TensorFlow Serving or to `dmtdr serve`, by gRPC.

    Args:
        host: The server.
        port: Its gRPC port.
        model: The model's name.
        timeout: Seconds to wait for an answer, all tries together.
        security: TLS and a token; neither by default.

    Example:
    ```python
    client = GrpcClient("127.0.0.1", 8500, "dmtdr", timeout=30)
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
        self.model = model
        self.timeout = timeout
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._headers = tuple(security.headers().items())
        if security.is_encrypted:
            self._channel = grpc.secure_channel(
                self._address,
                grpc.ssl_channel_credentials(security.authorities()),
                _OPTIONS,
            )
        else:
            self._channel = grpc.insecure_channel(self._address, _OPTIONS)
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(
            self._channel
        )

    def predict(
        self, signature: str, inputs: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        request = predict_pb2.PredictRequest()
        request.model_spec.name = self.model
        request.model_spec.signature_name = signature
        for name, array in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
        answer = self._call(self._stub.Predict, request)
        return {k: tf.make_ndarray(v) for k, v in answer.outputs.items()}

    def close(self) -> None:
        self._channel.close()

    def _read_labels(self) -> Mapping[str, Any]:
        (text,) = self.predict(LABELS_SIGNATURE, {}).values()
        return json.loads(text.item())

    def _read_shapes(self) -> Shapes:
        request = get_model_metadata_pb2.GetModelMetadataRequest()
        request.model_spec.name = self.model
        request.metadata_field.append("signature_def")
        answer = self._call(self._stub.GetModelMetadata, request)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        answer.metadata["signature_def"].Unpack(signatures)
        return {
            name: {
                tensor: [dim.size for dim in info.tensor_shape.dim]
                for side in (signature.inputs, signature.outputs)
                for tensor, info in side.items()
            }
            for name, signature in signatures.signature_def.items()
        }

    def _call(self, method: Any, request: Any) -> Any:
        try:
            return method(request, timeout=self.timeout, metadata=self._headers)
        except grpc.RpcError as error:
            text = " ".join((error.details() or "").split())
            text = clear_reason(text, self._address)
            raise RequestError(f"{error.code().name}: {text}") from None
