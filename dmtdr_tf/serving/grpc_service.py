"""TensorFlow Serving's gRPC services over a `ServedModel`."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc
import tensorflow as tf
from google.protobuf import any_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from dmtdr_tf.exporting.signatures import PHOTOGRAPHS
from dmtdr_tf.serving.engine import Engine
from dmtdr_tf.serving.request_log import RequestLine, hashes
from dmtdr_tf.serving.served_model import DEFAULT_SIGNATURE, ServedModel
from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["GrpcService", "metadata", "signature_map", "status"]

_METADATA = "signature_def"
# More photographs than any request may have; their number is checked later.
_MOST_CONTENTS = 100


class GrpcService(
    prediction_service_pb2_grpc.PredictionServiceServicer,
    model_service_pb2_grpc.ModelServiceServicer,
):
    """`Predict`, `GetModelMetadata` and `GetModelStatus`.

    Other methods are answered with `UNIMPLEMENTED`.

    Args:
        engine: The model with its queue.
    """

    def __init__(self, engine: Engine):
        self.engine = engine
        self.model = engine.model

    def add_to(self, server: grpc.aio.Server) -> None:
        """Registers both services with a server."""
        for add in (
            prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server,
            model_service_pb2_grpc.add_ModelServiceServicer_to_server,
        ):
            add(self, server)

    async def Predict(self, request: Any, context: Any) -> Any:  # noqa: N802
        async with self._answering(context, "predict") as line:
            spec = request.model_spec
            name = spec.signature_name or DEFAULT_SIGNATURE
            line.detail = f" {name[:40]!r}"
            self._find(spec)
            left = context.time_remaining()
            limit = self.engine.timeout
            contents = _contents(request)
            return await self.engine.admission.run(
                lambda: self._predict(
                    request, self.engine.deadline(left), contents, line
                ),
                limit if left is None else min(left, limit),
                self.engine.cost(contents),
            )

    async def GetModelMetadata(  # noqa: N802
        self, request: Any, context: Any
    ) -> Any:
        async with self._answering(context, "metadata"):
            self._find(request.model_spec)
            if list(request.metadata_field) != [_METADATA]:
                raise ServingError(
                    "INVALID_ARGUMENT", f"metadata_field must be [{_METADATA}]"
                )
            return metadata(self.model)

    async def GetModelStatus(  # noqa: N802
        self, request: Any, context: Any
    ) -> Any:
        async with self._answering(context, "status"):
            self._find(request.model_spec)
            return status(self.model)

    def _find(self, spec: Any) -> None:
        if spec.HasField("version_label"):
            raise ServingError("NOT_FOUND", "there are no version labels")
        version = spec.version.value if spec.HasField("version") else None
        self.model.find(spec.name, version)

    @contextlib.asynccontextmanager
    async def _answering(
        self, context: Any, method: str
    ) -> AsyncIterator[RequestLine]:
        """Logs a call, and ends it with the status of a `ServingError`."""
        try:
            with self.engine.logged("grpc", context.peer(), method) as line:
                yield line
        except ServingError as error:
            code = getattr(grpc.StatusCode, error.code)
            await context.abort(code, str(error))

    def _predict(
        self,
        request: Any,
        deadline: float,
        contents: Sequence[bytes],
        line: RequestLine,
    ) -> Any:
        line.photographs += hashes(contents)
        model, spec = self.model, request.model_spec
        inputs = model.read(spec.signature_name, request.inputs)
        outputs = model.predict(
            spec.signature_name, inputs, request.output_filter, deadline
        )
        response = predict_pb2.PredictResponse()
        _fill(response.model_spec, model)
        response.model_spec.signature_name = (
            spec.signature_name or DEFAULT_SIGNATURE
        )
        for name, value in outputs.items():
            response.outputs[name].CopyFrom(tf.make_tensor_proto(value))
        return response


def metadata(
    model: ServedModel,
) -> get_model_metadata_pb2.GetModelMetadataResponse:
    """Describes the model's signatures.

    Args:
        model: The model.

    Returns:
        The answer to `GetModelMetadata`.
    """
    response = get_model_metadata_pb2.GetModelMetadataResponse()
    _fill(response.model_spec, model)
    signatures = any_pb2.Any()
    signatures.Pack(signature_map(model))
    response.metadata[_METADATA].CopyFrom(signatures)
    return response


def signature_map(
    model: ServedModel,
) -> get_model_metadata_pb2.SignatureDefMap:
    """Returns the model's signatures by name, as a message."""
    return get_model_metadata_pb2.SignatureDefMap(
        signature_def=model.signature_defs
    )


def status(
    model: ServedModel,
) -> get_model_status_pb2.GetModelStatusResponse:
    """Reports the model as available: the server starts only once it is.

    Args:
        model: The model.

    Returns:
        The answer to `GetModelStatus`.
    """
    response = get_model_status_pb2.GetModelStatusResponse()
    one = response.model_version_status.add()
    one.version = model.version
    one.state = get_model_status_pb2.ModelVersionStatus.AVAILABLE
    one.status.SetInParent()
    return response


def _fill(spec: Any, model: ServedModel) -> None:
    spec.name = model.name
    spec.version.value = model.version


def _contents(request: Any) -> Sequence[bytes]:
    # Indexing a message's map would add a missing input to it.
    if PHOTOGRAPHS not in request.inputs:
        return []
    return request.inputs[PHOTOGRAPHS].string_val[:_MOST_CONTENTS]
