"""What a gRPC call must keep to: a token, and time to arrive and to leave."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from dmtdr_tf.serving.uploads import Upload, Uploads

__all__ = ["CallLimits"]


class CallLimits(grpc.aio.ServerInterceptor):
    """Cancels calls whose message does not arrive or whose answer is not read.

    gRPC itself waits for both without a limit.

    Args:
        uploads: Places for the calls whose message is arriving.
        write_timeout: Seconds for a client to read its answer.
        token: What `authorization: Bearer` must hold; empty for no check.
    """

    def __init__(self, uploads: Uploads, write_timeout: float, token: str):
        self._uploads = uploads
        self._write_timeout = write_timeout
        self._authorization = f"Bearer {token}".encode() if token else b""

    async def intercept_service(
        self,
        continuation: Callable[[Any], Awaitable[Any]],
        handler_call_details: Any,
    ) -> Any:
        """Watches one call; called before its message is read."""
        handler = await continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler
        allowed = self._allows(handler_call_details.invocation_metadata)
        call = _Call(self._uploads, self._write_timeout)
        await call.begin()

        async def answer(request: Any, context: Any) -> Any:
            call.has_arrived()
            try:
                if not allowed:
                    await context.abort(
                        grpc.StatusCode.UNAUTHENTICATED,
                        "the bearer token is missing or wrong",
                    )
                return await handler.unary_unary(request, context)
            finally:
                call.leaves()

        return grpc.unary_unary_rpc_method_handler(
            answer, handler.request_deserializer, handler.response_serializer
        )

    def _allows(self, metadata: Any) -> bool:
        if not self._authorization:
            return True
        given = dict(metadata or ()).get("authorization", "")
        given = given if isinstance(given, bytes) else given.encode()
        return hmac.compare_digest(given, self._authorization)


class _Call:
    """One call with the timer that cancels it."""

    def __init__(self, uploads: Uploads, write_timeout: float):
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._uploads = uploads
        self._write_timeout = write_timeout
        self._upload: Upload | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def begin(self) -> None:
        self._task.add_done_callback(lambda _: self.has_arrived())
        self._cancel_after(self._uploads.timeout)
        self._upload = await self._uploads.enter(self._task.cancel)

    def has_arrived(self) -> None:
        self._uploads.leave(self._upload)
        if self._timer:
            self._timer.cancel()

    def leaves(self) -> None:
        if not self._task.done():
            self._cancel_after(self._write_timeout)

    def _cancel_after(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, self._task.cancel)
