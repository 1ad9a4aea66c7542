"""Logs one line for each request."""

import contextlib
import logging
import time
from collections.abc import Iterator

from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["LOGGER", "RequestLine", "logged"]

LOGGER = logging.getLogger("dmtdr_tf.serving")


class RequestLine:
    """The content of one request's line.

    Args:
        transport: `"grpc"` or `"rest"`.
        peer: The client's address.
        method: The method it calls.
    """

    def __init__(self, transport: str, peer: str, method: str):
        self.start = f"{transport} {peer} {method}"
        self.detail = ""
        self.status = "OK"


@contextlib.contextmanager
def logged(transport: str, peer: str, method: str) -> Iterator[RequestLine]:
    """Logs a request when it ends, whether it succeeds or not.

    Args:
        transport: `"grpc"` or `"rest"`.
        peer: The client's address.
        method: The method it calls.

    Yields:
        The line, to which details can be added.
    """
    line = RequestLine(transport, peer, method)
    start = time.monotonic()
    try:
        yield line
    except ServingError as error:
        line.status = f"{error.code} ({_one_line(error)})"
        raise
    except BaseException as error:
        # Including the cancellation of a task whose client disconnected.
        line.status = type(error).__name__
        raise
    finally:
        elapsed = 1000 * (time.monotonic() - start)
        LOGGER.info(
            "%s%s %s %.0f ms", line.start, line.detail, line.status, elapsed
        )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
