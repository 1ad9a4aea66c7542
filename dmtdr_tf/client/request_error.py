"""The error of a request that a server did not answer."""

from dmtdr_tf.files.errors import UserError

__all__ = ["RequestError", "clear_reason"]

# What libraries say, and what it means.
_MEANINGS = (
    ("refused", "no server listens on {address}"),
    (
        "certificate_verify_failed",
        "the certificate of {address} is not trusted; name the file of its "
        "authority as tls_ca",
    ),
    ("wrong_version_number", "{address} does not use TLS"),
    ("record layer failure", "{address} does not use TLS"),
    ("name or service not known", "there is no host {address}"),
    ("dns resolution failed", "there is no host {address}"),
    ("name resolution", "there is no host {address}"),
    ("timed out", "{address} did not answer in time"),
    ("connection reset", "{address} closed the connection; does it use TLS?"),
    ("socket closed", "{address} closed the connection; does it use TLS?"),
)


class RequestError(UserError):
    """Why there is no answer, in one line.

    It is what the server said, or why the server could not be reached.
    """


def clear_reason(text: str, address: str) -> str:
    """Says in plain words why a connection failed.

    Args:
        text: What a library says.
        address: The server's address and port.

    Returns:
        One sentence; the text itself if its meaning is not known.

    Example:
    >>> clear_reason("[Errno 111] Connection refused", "127.0.0.1:8501")
    'no server listens on 127.0.0.1:8501'
    """
    for sign, meaning in _MEANINGS:
        if sign in text.lower():
            return meaning.format(address=address)
    return text
