"""Runs both servers in one event loop, and shuts them down without loss."""

import asyncio
import contextlib
import functools
import math
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import uvicorn

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.serving.call_limits import CallLimits
from dmtdr_tf.serving.engine import Engine
from dmtdr_tf.serving.grpc_service import GrpcService
from dmtdr_tf.serving.request_log import LOGGER
from dmtdr_tf.serving.rest_app import RestApp
from dmtdr_tf.serving.rest_protocol import TimedProtocol
from dmtdr_tf.serving.served_model import ServedModel
from dmtdr_tf.serving.server_options import ServerOptions

__all__ = ["check_ports", "check_tls", "serve", "stop_on_signals"]

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_BACKLOG = 2048
_DAY = 86_400.0
# Milliseconds after which a gRPC connection without a call is closed.
_IDLE_MS = 120_000
# Calls at once on one gRPC connection, and the bytes of a call's headers.
_STREAMS = 100
_METADATA_BYTES = 16_384


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
) -> bool:
    """Serves until it is stopped, and then finishes all accepted requests.

    Args:
        model: The model.
        options: The ports and the limits.
        stop: Set it to shut down.
        ready: Called with both ports once requests are answered.

    Returns:
        Whether every accepted request was finished within `grace`.

    Raises:
        UserError: A port or a file for TLS cannot be used.
    """
    engine = Engine(model, options)
    app = RestApp(engine, options)
    calls = _grpc_server(engine, options)
    GrpcService(engine).add_to(calls)
    port = _listen(calls, options)
    with _bound(options) as listener:
        pages = _rest_server(app, options)
        await calls.start()
        running = asyncio.create_task(pages.serve([listener]))
        ready(port, listener.getsockname()[1])
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({stopped, running}, return_when="FIRST_COMPLETED")
        LOGGER.info("shutting down after the running requests")
        end = asyncio.get_running_loop().time() + _drain_seconds(options)
        app.draining = True
        pages.should_exit = True
        await asyncio.gather(calls.stop(_drain_seconds(options)), running)
    stopped.cancel()
    try:
        async with asyncio.timeout_at(end):
            await engine.admission.drain()
    except TimeoutError:
        return False
    return True


def check_ports(options: ServerOptions) -> None:
    """Refuses ports that are in use, before the model is loaded.

    Args:
        options: The ports.

    Raises:
        UserError: A port cannot be used.
    """
    for name in ("port", "rest_port"):
        if getattr(options, name):
            _bound(options, name).close()


def check_tls(options: ServerOptions) -> None:
    """Refuses a certificate and a key that are not a pair.

    Args:
        options: The files.

    Raises:
        UserError: They cannot be used.
    """
    if not options.tls_key:
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Never asks for a password: an encrypted key is refused.
        context.load_cert_chain(
            options.tls_certificate, options.tls_key, lambda: ""
        )
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", "") or str(error)
        raise UserError(
            f"{options.tls_certificate} and {options.tls_key} are not a PEM "
            f"certificate and its private key ({reason})",
            argument="tls_certificate",
        ) from None


def stop_on_signals(stop: asyncio.Event) -> None:
    """Makes SIGTERM and SIGINT set an event of the running loop.

    Args:
        stop: The event.
    """
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)


def _drain_seconds(options: ServerOptions) -> float:
    """Seconds for running requests; the rest of the grace is for the end."""
    grace = min(options.grace, _DAY)
    return max(grace - 1.0, grace / 2.0)


def _grpc_server(engine: Engine, options: ServerOptions) -> grpc.aio.Server:
    read_ms = max(1, round(1000 * min(options.read_timeout, _DAY)))
    return grpc.aio.server(
        interceptors=[
            CallLimits(engine.uploads, options.write_timeout, options.token)
        ],
        options=[
            ("grpc.max_receive_message_length", options.max_bytes),
            ("grpc.max_send_message_length", -1),
            # A second server on the same port must fail, not share it.
            ("grpc.so_reuseport", 0),
            # Drops the call of a peer that no longer responds.
            ("grpc.keepalive_time_ms", 30_000),
            ("grpc.keepalive_timeout_ms", 10_000),
            # Closes connections that never greet, or never call.
            ("grpc.server_handshake_timeout_ms", read_ms),
            ("grpc.max_connection_idle_ms", _IDLE_MS),
            ("grpc.max_allowed_incoming_connections", options.max_connections),
            ("grpc.max_concurrent_streams", _STREAMS),
            ("grpc.absolute_max_metadata_size", _METADATA_BYTES),
        ],
        maximum_concurrent_rpcs=options.max_connections,
    )


def _listen(server: grpc.aio.Server, options: ServerOptions) -> int:
    address = f"{_bracketed(options.host)}:{options.port}"
    try:
        if options.tls:
            credentials = grpc.ssl_server_credentials([options.tls])
            port = server.add_secure_port(address, credentials)
        else:
            port = server.add_insecure_port(address)
    except RuntimeError:
        port = 0
    if not port:
        raise UserError(
            f"cannot listen on {address}; is it in use?", argument="port"
        )
    return port


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _bound(options: ServerOptions, name: str = "rest_port") -> socket.socket:
    port = getattr(options, name)
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        return socket.create_server(
            (options.host, port), family=family, backlog=_BACKLOG
        )
    except OSError as error:
        raise UserError(
            f"cannot listen on {options.host}:{port} ({error.strerror})",
            argument=name,
        ) from None


def _rest_server(app: RestApp, options: ServerOptions) -> uvicorn.Server:
    protocol: Any = functools.partial(
        TimedProtocol,
        most=options.max_connections,
        read_timeout=options.read_timeout,
        write_timeout=options.write_timeout,
    )
    return _QuietServer(
        uvicorn.Config(
            app.asgi(),
            http=protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            ssl_certfile=options.tls_certificate or None,
            ssl_keyfile=options.tls_key or None,
            timeout_graceful_shutdown=math.floor(_drain_seconds(options)),
        )
    )
