"""TensorFlow Serving's REST API over a `ServedModel`."""

import asyncio
import contextlib
import functools
from collections.abc import Iterator
from typing import Any

from google.protobuf import json_format
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dmtdr_tf.serving.body import read_body
from dmtdr_tf.serving.engine import Engine
from dmtdr_tf.serving.grpc_service import metadata, signature_map, status
from dmtdr_tf.serving.request_log import RequestLine
from dmtdr_tf.serving.rest_access import RestAccess
from dmtdr_tf.serving.rest_format import write_json
from dmtdr_tf.serving.rest_requests import answer_photographs, answer_predict
from dmtdr_tf.serving.server_options import ServerOptions
from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["RestApp"]

_MODEL = "/v1/models/{name}"
_ONLY_PREDICT = "only Predict is implemented: POST to :predict"


class RestApp:
    """`:predict`, `/metadata`, the model's status, photographs, and metrics.

    Args:
        engine: The model with its queue.
        options: The limits.
    """

    def __init__(self, engine: Engine, options: ServerOptions):
        self.engine = engine
        self.model = engine.model
        self.options = options
        self.draining = False

    def asgi(self) -> Starlette:
        """Returns the application that an ASGI server runs."""
        routes = [
            Route("/healthz", self.health),
            Route("/metrics", self.metrics),
            Route("/v1/photographs", self.photographs, methods=["POST"]),
            Route("/v1/models", self.nameless),
        ]
        for prefix in (
            _MODEL,
            _MODEL + "/versions/{version:int}",
            _MODEL + "/labels/{label}",
        ):
            routes += [
                Route(prefix + ":predict", self.predict, methods=["POST"]),
                Route(prefix + ":classify", self.other, methods=["POST"]),
                Route(prefix + ":regress", self.other, methods=["POST"]),
                Route(prefix + "/metadata", self.metadata),
                Route(prefix, self.status),
            ]
        return Starlette(
            routes=routes,
            middleware=[Middleware(RestAccess, options=self.options)],
            exception_handlers={
                ServingError: _refused,
                HTTPException: self._malformed,
                Exception: _failed,
            },
        )

    async def health(self, request: Request) -> Response:
        """Answers 200, or 503 while the server shuts down."""
        if self.draining:
            return Response("shutting down\n", 503)
        return Response("ok\n")

    async def metrics(self, request: Request) -> Response:
        """Answers with counts and times for Prometheus."""
        text = self.engine.metrics_text()
        return Response(text, media_type="text/plain; version=0.0.4")

    async def nameless(self, request: Request) -> Response:
        """Refuses a request for the status of no model."""
        with self._logged(request, "status"):
            raise ServingError(
                "INVALID_ARGUMENT", "Missing model name in request."
            )

    async def status(self, request: Request) -> Response:
        """Answers `GetModelStatus`."""
        with self._model_logged(request, "status"):
            return _json(_as_dict(status(self.model)))

    async def metadata(self, request: Request) -> Response:
        """Answers `GetModelMetadata`."""
        with self._model_logged(request, "metadata"):
            return Response(self._metadata, media_type="application/json")

    @functools.cached_property
    def _metadata(self) -> bytes:
        spec = _as_dict(metadata(self.model).model_spec)
        signatures = _as_dict(signature_map(self.model))
        return write_json(
            {"model_spec": spec, "metadata": {"signature_def": signatures}}
        )

    async def other(self, request: Request) -> Response:
        """Refuses `Classify` and `Regress`, which no signature supports."""
        with self._model_logged(request, "other"):
            raise ServingError("INVALID_ARGUMENT", _ONLY_PREDICT)

    async def predict(self, request: Request) -> Response:
        """Answers `Predict`."""
        with self._model_logged(request, "predict") as line:
            body = await self._body(request)
            return await _unless_gone(
                request, answer_predict(self.engine, body, line)
            )

    async def photographs(self, request: Request) -> Response:
        """Answers a plain request of photographs, for people."""
        with self._logged(request, "photographs") as line:
            body = await self._body(request)
            return await _unless_gone(
                request,
                answer_photographs(
                    self.engine,
                    body,
                    request.headers.get("content-type", ""),
                    request.query_params,
                    line,
                ),
            )

    @contextlib.contextmanager
    def _logged(self, request: Request, method: str) -> Iterator[RequestLine]:
        peer = request.client.host if request.client else "?"
        with self.engine.logged("rest", peer, method) as line:
            yield line

    @contextlib.contextmanager
    def _model_logged(
        self, request: Request, method: str
    ) -> Iterator[RequestLine]:
        with self._logged(request, method) as line:
            path = request.path_params
            if "label" in path:
                raise ServingError("NOT_FOUND", "there are no version labels")
            self.model.find(path["name"], path.get("version"))
            yield line

    async def _body(self, request: Request) -> bytes:
        return await read_body(
            request, self.engine.uploads, self.options.max_bytes
        )

    def _malformed(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        with (
            contextlib.suppress(ServingError),
            self._logged(request, "malformed"),
        ):
            raise ServingError("NOT_FOUND", request.url.path[:200])
        message = (
            f"Malformed request: {request.method} {request.url.path[:200]}"
        )
        return _json({"error": message}, error.status_code)


async def _unless_gone(request: Request, work: Any) -> Response:
    """Waits for an answer, and drops it if the client disconnects."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ServingError("CANCELLED", "the client disconnected")
        status_code, content = task.result()
        return Response(content, status_code, media_type="application/json")
    finally:
        task.cancel()
        gone.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _as_dict(message: Any) -> dict[str, Any]:
    return json_format.MessageToDict(
        message,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
    )


def _json(
    content: Any, status_code: int = 200, headers: Any = None
) -> Response:
    text = write_json(content)
    return Response(text, status_code, headers, "application/json")


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServingError)
    headers = {"Retry-After": "1"} if error.http_status == 503 else {}
    if error.http_status in (408, 413, 415):
        # The rest of the body will not be read.
        headers["Connection"] = "close"
    return _json({"error": str(error)}, error.http_status, headers)


def _failed(request: Request, error: Exception) -> Response:
    return _json({"error": "the server failed; see its log"}, 500)
