"""Reads the body of a REST request within the limits of size and time."""

import zlib

from starlette.requests import ClientDisconnect, Request

from dmtdr_tf.serving.serving_error import ServingError
from dmtdr_tf.serving.uploads import Uploads

__all__ = ["inflate", "read_body"]


async def read_body(
    request: Request, uploads: Uploads, max_bytes: int
) -> bytes:
    """Reads a body, inflated.

    Args:
        request: The request.
        uploads: The places for requests that are arriving.
        max_bytes: The most bytes, as sent and inflated.

    Returns:
        The body.

    Raises:
        ServingError: It is too large or damaged, or does not arrive in time.
    """
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > max_bytes:
        raise _too_large(max_bytes)
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise ServingError(
            "INVALID_ARGUMENT",
            f"Content-Encoding must be gzip or none, not {encoding[:40]!r}",
            415,
        )
    async with uploads.place():
        body = await _read(request, max_bytes)
    return inflate(body, max_bytes) if "gzip" in encoding else body


async def _read(request: Request, max_bytes: int) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > max_bytes:
                raise _too_large(max_bytes)
    except ClientDisconnect:
        raise ServingError("CANCELLED", "the client disconnected") from None
    return bytes(body)


def inflate(content: bytes, max_bytes: int) -> bytes:
    """Inflates gzip, and stops where it grows too large.

    Args:
        content: One gzip member or several.
        max_bytes: The most bytes that may come out.

    Returns:
        What was compressed.

    Raises:
        ServingError: `INVALID_ARGUMENT` if it is damaged or cut short,
            `RESOURCE_EXHAUSTED` if it is too large.

    Example:
    >>> import gzip
    >>> inflate(gzip.compress(b"eye"), 100)
    b'eye'
    """
    inflated = bytearray()
    while content:
        # 16: with gzip's header and checksum.
        member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            inflated += member.decompress(
                content, max_bytes + 1 - len(inflated)
            )
        except zlib.error as error:
            raise ServingError(
                "INVALID_ARGUMENT", f"the gzip is damaged: {error}"
            ) from None
        if len(inflated) > max_bytes:
            raise _too_large(max_bytes)
        if not member.eof:
            raise ServingError("INVALID_ARGUMENT", "the gzip is cut short")
        content = member.unused_data
    return bytes(inflated)


def _too_large(max_bytes: int) -> ServingError:
    return ServingError(
        "RESOURCE_EXHAUSTED",
        f"the body has more than {max_bytes} bytes",
        413,
    )
