"""What a gRPC call must keep to: a token, and time to arrive and to leave."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from dmtdr_tf.serving.serving_error import ServingError
from dmtdr_tf.serving.uploads import Uploads

__all__ = ["CallLimits"]


class CallLimits(grpc.aio.ServerInterceptor):
    """Ends calls whose message does not arrive or whose answer is not read.

    gRPC itself waits for both without a limit. A message is read here, as a
    stream of one, because a call that is merely canceled while gRPC reads it
    stays open, and counts as running, until its client leaves.

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

        async def answer(_: Any, context: Any) -> Any:
            if not allowed:
                await context.abort(
                    grpc.StatusCode.UNAUTHENTICATED,
                    "the bearer token is missing or wrong",
                )
            request = await self._read(context)
            try:
                return await handler.unary_unary(request, context)
            finally:
                self._cancel_if_unread()

        return grpc.stream_unary_rpc_method_handler(
            answer, handler.request_deserializer, handler.response_serializer
        )

    def _allows(self, metadata: Any) -> bool:
        if not self._authorization:
            return True
        given = dict(metadata or ()).get("authorization", "")
        given = given if isinstance(given, bytes) else given.encode()
        return hmac.compare_digest(given, self._authorization)

    async def _read(self, context: Any) -> Any:
        """Reads the call's only message, or ends the call."""
        try:
            async with self._uploads.place(context.peer()):
                request = await context.read()
        except ServingError as error:
            await context.abort(grpc.StatusCode[error.code], str(error))
        if request is grpc.aio.EOF:
            await context.abort(
                grpc.StatusCode.INVALID_ARGUMENT, "the call has no message"
            )
        return request

    def _cancel_if_unread(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._write_timeout, task.cancel)
        task.add_done_callback(lambda _: timer.cancel())
