"""TensorFlow Serving's REST API over a `ServedModel`."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from typing import Any

from google.protobuf import json_format
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from dmtdr_tf.serving import rest_format
from dmtdr_tf.serving.admission import Admission
from dmtdr_tf.serving.grpc_service import metadata, signature_map, status
from dmtdr_tf.serving.request_log import RequestLine, logged
from dmtdr_tf.serving.served_model import ServedModel
from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["RestApp"]

_PREFIX = "/v1/models/{name}"
# How many bodies are read at once, which bounds their memory.
_MAX_UPLOADS = 32


class RestApp:
    """`:predict`, `/metadata`, the model's status, and `/healthz`.

    Args:
        model: The model.
        admission: The queue in front of it.
        timeout: Seconds from a body's arrival to its answer.
        read_timeout: Seconds for a body to arrive.
        max_bytes: The largest body, in bytes.
    """

    def __init__(
        self,
        model: ServedModel,
        admission: Admission,
        timeout: float,
        read_timeout: float,
        max_bytes: int,
    ):
        self.model = model
        self.admission = admission
        self.timeout = timeout
        self.read_timeout = read_timeout
        self.max_bytes = max_bytes
        self.draining = False
        self._uploads = 0

    def asgi(self) -> Starlette:
        """Returns the application that an ASGI server runs."""
        routes = [Route("/healthz", self.health)]
        for prefix in (_PREFIX, _PREFIX + "/versions/{version:int}"):
            routes += [
                Route(prefix + ":predict", self.predict, methods=["POST"]),
                Route(prefix + "/metadata", self.metadata),
                Route(prefix, self.status),
            ]
        return Starlette(
            routes=routes,
            exception_handlers={
                ServingError: _refused,
                HTTPException: _malformed,
            },
        )

    async def health(self, request: Request) -> Response:
        """Answers 200, or 503 while the server shuts down."""
        if self.draining:
            return Response("shutting down\n", 503)
        return Response("ok\n")

    async def status(self, request: Request) -> Response:
        """Answers `GetModelStatus`."""
        with self._logged(request, "status"):
            return _json(_as_dict(status(self.model)))

    async def metadata(self, request: Request) -> Response:
        """Answers `GetModelMetadata`."""
        with self._logged(request, "metadata"):
            spec = _as_dict(metadata(self.model).model_spec)
            signatures = _as_dict(signature_map(self.model))
            return _json(
                {
                    "model_spec": spec,
                    "metadata": {"signature_def": signatures},
                }
            )

    async def predict(self, request: Request) -> Response:
        """Answers `Predict`."""
        with self._logged(request, "predict") as line:
            body = await self._body(request)
            answer = await _unless_gone(
                request,
                self.admission.run(
                    lambda: self._predict(body, line), self.timeout
                ),
            )
            return Response(answer, media_type="application/json")

    def _predict(self, body: bytes, line: RequestLine) -> bytes:
        parsed = rest_format.parse(body)
        name = parsed["signature_name"]
        line.detail = f" {name[:40]!r}"
        inputs = rest_format.read_inputs(parsed, self.model.signature(name))
        outputs = self.model.predict(name, inputs)
        return rest_format.write_outputs(outputs, "instances" in parsed)

    @contextlib.contextmanager
    def _logged(self, request: Request, method: str) -> Iterator[RequestLine]:
        peer = request.client.host if request.client else "?"
        with logged("rest", peer, method) as line:
            path = request.path_params
            self.model.find(path["name"], path.get("version"))
            yield line

    async def _body(self, request: Request) -> bytes:
        """Reads the body within the limits of size and time."""
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self.max_bytes:
            raise self._too_large()
        if self._uploads >= _MAX_UPLOADS:
            raise ServingError("UNAVAILABLE", "too many uploads; try again")
        self._uploads += 1
        try:
            async with asyncio.timeout(self.read_timeout):
                return await self._read(request)
        except TimeoutError:
            raise ServingError(
                "DEADLINE_EXCEEDED", "the body did not arrive in time", 408
            ) from None
        except ClientDisconnect:
            raise ServingError("CANCELLED", "the client disconnected") from None
        finally:
            self._uploads -= 1

    async def _read(self, request: Request) -> bytes:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self.max_bytes:
                raise self._too_large()
        return bytes(body)

    def _too_large(self) -> ServingError:
        return ServingError(
            "RESOURCE_EXHAUSTED",
            f"the body has more than {self.max_bytes} bytes",
            413,
        )


async def _unless_gone(request: Request, work: Any) -> Any:
    """Waits for work, and drops it if the client disconnects meanwhile."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ServingError("CANCELLED", "the client disconnected")
        return task.result()
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
    text = json.dumps(content, indent=1)
    return Response(text, status_code, headers, "application/json")


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServingError)
    headers = {"Retry-After": "1"} if error.http_status == 503 else {}
    if error.http_status in (408, 413):
        # The rest of the body will not be read.
        headers["Connection"] = "close"
    return _json({"error": str(error)}, error.http_status, headers)


def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    with contextlib.suppress(ServingError):
        peer = request.client.host if request.client else "?"
        with logged("rest", peer, "malformed"):
            raise ServingError("NOT_FOUND", request.url.path)
    message = f"Malformed request: {request.method} {request.url.path}"
    return _json({"error": message}, error.status_code)
