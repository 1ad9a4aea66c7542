"""Connects to a server, by gRPC or REST."""

from dmtdr_tf.client.model_client import ModelClient
from dmtdr_tf.client.security import Security

__all__ = ["GRPC_PORT", "REST_PORT", "connect"]

# The defaults of TensorFlow Serving.
GRPC_PORT, REST_PORT = 8500, 8501


def connect(
    host: str = "127.0.0.1",
    port: int | None = None,
    model: str = "dmtdr",
    timeout: float = 60.0,
    *,
    rest: bool = False,
    security: Security | None = None,
) -> ModelClient:
    """Connects to TensorFlow Serving or to `dmtdr serve`.

    Args:
        host: The server.
        port: Its port; by default 8500, or 8501 with `rest`.
        model: The model's name.
        timeout: Seconds to wait for an answer.
        rest: Use REST instead of gRPC.
        security: TLS and a token; neither by default.

    Returns:
        The client. Its first request opens the connection.

    Example:
    >>> connect(rest=True)
    RestClient('http://127.0.0.1:8501/v1/models/dmtdr')
    """
    # Each needs packages of its own.
    if rest:
        from dmtdr_tf.client.rest_client import RestClient

        return RestClient(host, port or REST_PORT, model, timeout, security)
    from dmtdr_tf.client.grpc_client import GrpcClient

    return GrpcClient(host, port or GRPC_PORT, model, timeout, security)
