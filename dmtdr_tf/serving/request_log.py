"""Logs one line for each request."""

import contextlib
import hashlib
import logging
import time
from collections.abc import Iterator, Sequence

from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["LOGGER", "RequestLine", "hashes", "logged"]

LOGGER = logging.getLogger("dmtdr_tf.serving")


class RequestLine:
    """The content of one request's line.

    Args:
        transport: `"grpc"` or `"rest"`.
        peer: The client's address.
        method: The method it calls.
    """

    def __init__(self, transport: str, peer: str, method: str):
        self.transport = transport
        self.method = method
        self.start = f"{transport} {peer} {method}"
        self.detail = ""
        self.status = "OK"
        self.reason = ""
        self.photographs: list[str] = []
        self.model = ""
        self.seconds = 0.0

    def __str__(self) -> str:
        hashes = "".join(f" photograph={sha}" for sha in self.photographs)
        reason = f" ({self.reason})" if self.reason else ""
        return (
            f"{self.start}{self.detail} {self.status}{reason}{hashes}"
            f"{self.model} {self.seconds:.3f} s"
        )


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
        line.status, line.reason = (
            error.code,
            " ".join(str(error).split())[:200],
        )
        raise
    except BaseException as error:
        # Including the cancellation of a task whose client disconnected.
        line.status = type(error).__name__
        raise
    finally:
        line.seconds = time.monotonic() - start
        # Every graded photograph is logged; other lines may be left out where
        # there are many of one kind.
        key = f"{transport} {method} {line.status}"
        is_graded = line.status == "OK" and line.photographs
        extra = {} if is_graded else {"repeated": key}
        LOGGER.info("%s", line, extra=extra)


def hashes(contents: Sequence[bytes]) -> list[str]:
    """Returns the SHA-256 of each photograph, which names it in the log.

    Args:
        contents: The photographs' files.

    Example:
    >>> hashes([b"eye"])[0][:8]
    '47c215b5'
    """
    return [hashlib.sha256(content).hexdigest() for content in contents]
