"""Who may send REST requests: by the name they call, and by their token."""

import asyncio
import hmac
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import Response

from dmtdr_tf.exporting.web.host_check import is_allowed_host
from dmtdr_tf.serving.request_log import LOGGER
from dmtdr_tf.serving.rest_format import write_json
from dmtdr_tf.serving.server_options import ServerOptions

__all__ = ["RestAccess"]


class RestAccess:
    """Refuses foreign `Host` headers and missing tokens, before any body.

    `/healthz` needs no token.

    Args:
        app: The application behind it.
        options: The token and the allowed names.
    """

    def __init__(self, app: Any, options: ServerOptions):
        self._app = app
        self._names = (options.host, *options.allowed_hosts)
        token = options.token
        self._authorization = f"Bearer {token}".encode() if token else b""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = Headers(scope=scope)
        refusal = self._refusal(scope["path"], headers)
        if not refusal:
            await self._answer(scope, receive, send)
            return
        status, message, extra = refusal
        LOGGER.info(
            "rest refused: %s", message, extra={"repeated": f"rest {status}"}
        )
        await _closing(status, message, extra)(scope, receive, send)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            # uvicorn cancels what is not finished when the grace is over.
            message = "the server is shutting down"
            await _closing(503, message, {})(scope, receive, send)

    def _refusal(
        self, path: str, headers: Headers
    ) -> tuple[int, str, dict[str, str]] | None:
        host = headers.get("host", "")
        # HTTP/1.0 has none, and no browser speaks it.
        if host and not is_allowed_host(host, self._names):
            message = (
                f"this server is not called {host[:100]!r}; allow the name "
                "with --allowed-hosts"
            )
            return 421, message, {}
        if not self._authorization or path == "/healthz":
            return None
        given = headers.get("authorization", "").encode("latin-1", "replace")
        if hmac.compare_digest(given, self._authorization):
            return None
        message = "the bearer token is missing or wrong"
        return 401, message, {"WWW-Authenticate": "Bearer"}


def _closing(status: int, message: str, headers: dict[str, str]) -> Response:
    return Response(
        write_json({"error": message}),
        status,
        {"Connection": "close", **headers},
        "application/json",
    )
