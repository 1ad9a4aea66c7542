"""Runs both servers in one event loop, and shuts them down without loss."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator

import grpc
import uvicorn

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.serving.admission import Admission
from dmtdr_tf.serving.grpc_service import GrpcService
from dmtdr_tf.serving.request_log import LOGGER
from dmtdr_tf.serving.rest_app import RestApp
from dmtdr_tf.serving.served_model import ServedModel
from dmtdr_tf.serving.server_options import ServerOptions

__all__ = ["serve", "stop_on_signals"]

# Calls that gRPC holds besides those in the queue, such as status requests.
_SPARE_CALLS = 16
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class _QuietServer(uvicorn.Server):
    """Leaves signals to us, because both servers must stop together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    model: ServedModel,
    options: ServerOptions,
    stop: asyncio.Event,
    ready: Callable[[int, int], None] = lambda port, rest_port: None,
) -> None:
    """Serves until it is stopped, and then finishes all accepted requests.

    Args:
        model: The model.
        options: The ports and the limits.
        stop: Set it to shut down.
        ready: Called with both ports once requests are answered.

    Raises:
        UserError: A port cannot be used.
    """
    admission = Admission(options.workers, options.queue)
    app = RestApp(
        model,
        admission,
        options.timeout,
        options.read_timeout,
        options.max_bytes,
    )
    calls = _grpc_server(options)
    GrpcService(model, admission, options.timeout).add_to(calls)
    port = _listen(calls, options)
    with _bound(options) as listener:
        pages = _rest_server(app, options)
        await calls.start()
        running = asyncio.create_task(pages.serve([listener]))
        ready(port, listener.getsockname()[1])
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({stopped, running}, return_when="FIRST_COMPLETED")
        LOGGER.info("shutting down after the running requests")
        app.draining = True
        pages.should_exit = True
        await asyncio.gather(calls.stop(options.grace), running)
    stopped.cancel()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(admission.drain(), options.grace)


def stop_on_signals(stop: asyncio.Event) -> None:
    """Makes SIGTERM and SIGINT set an event of the running loop.

    Args:
        stop: The event.
    """
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)


def _grpc_server(options: ServerOptions) -> grpc.aio.Server:
    return grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", options.max_bytes),
            ("grpc.max_send_message_length", -1),
            # A second server on the same port must fail, not share it.
            ("grpc.so_reuseport", 0),
            # Drops the call of a peer that no longer responds.
            ("grpc.keepalive_time_ms", 30_000),
            ("grpc.keepalive_timeout_ms", 10_000),
        ],
        maximum_concurrent_rpcs=options.workers + options.queue + _SPARE_CALLS,
    )


def _listen(server: grpc.aio.Server, options: ServerOptions) -> int:
    try:
        port = server.add_insecure_port(f"{options.host}:{options.port}")
    except RuntimeError:
        port = 0
    if not port:
        raise UserError(
            f"cannot listen on {options.host}:{options.port}; is it in use?",
            argument="port",
        )
    return port


def _bound(options: ServerOptions) -> socket.socket:
    try:
        return socket.create_server((options.host, options.rest_port))
    except OSError as error:
        raise UserError(
            f"cannot listen on {options.host}:{options.rest_port} "
            f"({error.strerror})",
            argument="rest_port",
        ) from None


def _rest_server(app: RestApp, options: ServerOptions) -> uvicorn.Server:
    return _QuietServer(
        uvicorn.Config(
            app.asgi(),
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=max(1, round(options.grace)),
        )
    )
