"""A client of TensorFlow Serving's gRPC API."""

import functools
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

from dmtdr_tf.client.request_error import RequestError

# A full queue and a server that starts are worth another try. gRPC itself
# allows five at most, and ends them with the deadline.
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


class GrpcClient:
    """Asks TensorFlow Serving, or `dmtdr serve`.

    Args:
        host: The server.
        port: Its gRPC port.
        model: The model's name.
        timeout: Seconds for an answer, all tries together.

    Example:
    >>> client = GrpcClient("127.0.0.1", 8500, "dmtdr", timeout=30)
    >>> photographs = np.array([content], object)
    >>> client.predict("grade_only", {"photograph_bytes": photographs})
    """

    def __init__(self, host: str, port: int, model: str, timeout: float):
        self.model = model
        self.timeout = timeout
        self._channel = grpc.insecure_channel(f"{host}:{port}", _OPTIONS)
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(
            self._channel
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
        request = predict_pb2.PredictRequest()
        request.model_spec.name = self.model
        request.model_spec.signature_name = signature
        for name, array in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
        answer = self._call(self._stub.Predict, request)
        return {k: tf.make_ndarray(v) for k, v in answer.outputs.items()}

    def shape(self, signature: str, tensor: str) -> list[int]:
        """Returns the shape of a signature's input or output, -1 for any.

        Args:
            signature: The signature's name.
            tensor: The input's or output's.

        Raises:
            RequestError: There is no answer, or no such tensor.
        """
        tensors = self._signatures.signature_def[signature]
        for side in (tensors.inputs, tensors.outputs):
            if tensor in side:
                return [dim.size for dim in side[tensor].tensor_shape.dim]
        raise RequestError(f"the model's {signature} has no {tensor}")

    @functools.cached_property
    def _signatures(self) -> get_model_metadata_pb2.SignatureDefMap:
        request = get_model_metadata_pb2.GetModelMetadataRequest()
        request.model_spec.name = self.model
        request.metadata_field.append("signature_def")
        answer = self._call(self._stub.GetModelMetadata, request)
        found = get_model_metadata_pb2.SignatureDefMap()
        answer.metadata["signature_def"].Unpack(found)
        return found

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    def _call(self, method: Any, request: Any) -> Any:
        try:
            return method(request, timeout=self.timeout)
        except grpc.RpcError as error:
            text = " ".join(error.details().split())
            raise RequestError(f"{error.code().name}: {text}") from None
