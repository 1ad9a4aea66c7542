"""One line in the log for every request."""

import contextlib
import logging
import time
from collections.abc import Iterator

from dmtdr_tf.serving.serving_error import ServingError

LOGGER = logging.getLogger("dmtdr_tf.serving")


class RequestLine:
    """What the line of one request will say.

    Args:
        transport: `"grpc"` or `"rest"`.
        peer: Who asks.
        method: What for.
    """

    def __init__(self, transport: str, peer: str, method: str):
        self.start = f"{transport} {peer} {method}"
        self.detail = ""
        self.status = "OK"


@contextlib.contextmanager
def logged(transport: str, peer: str, method: str) -> Iterator[RequestLine]:
    """Writes a request's line when it is over, whatever happens.

    Args:
        transport: `"grpc"` or `"rest"`.
        peer: Who asks.
        method: What for.

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
        # A cancelled task is a client that went away.
        line.status = type(error).__name__
        raise
    finally:
        elapsed = 1000 * (time.monotonic() - start)
        LOGGER.info(
            "%s%s %s %.0f ms", line.start, line.detail, line.status, elapsed
        )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
