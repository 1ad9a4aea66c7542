"""The ports and limits of a server."""

import dataclasses
import pathlib

from dmtdr_tf.config.checks import require_range
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.token_file import read_token_file

__all__ = ["ServerOptions"]


@dataclasses.dataclass(frozen=True)
class ServerOptions:
    """The ports and limits of a server.

    Args:
        host: The address to listen on.
        port: The gRPC port; 0 for any free one.
        rest_port: The REST port; 0 for any free one.
        workers: Requests that are computed at once.
        queue: Further requests that may wait; more are refused.
        max_batch: The largest number of photographs in one request.
        max_request_megabytes: The largest request, also once it is inflated.
        timeout: Seconds for an answer; a client may set a shorter deadline.
        read_timeout: Seconds for a request to arrive.
        write_timeout: Seconds for a client to read its answer.
        max_connections: Connections at once, to each port.
        grace: Seconds for running requests to end after a signal.
        tls_certificate: A PEM file with the server's certificate chain; both
            ports then use TLS.
        tls_key: The PEM file of the certificate's private key.
        token_file: A file whose only line is the token that requests must
            carry, as `Authorization: Bearer TOKEN`.
        allowed_hosts: Further names that the server is called by over REST;
            `*` allows all. Addresses, `localhost` and `host` always are.

    Raises:
        UserError: A value is out of its range, or a file is missing.
    """

    host: str = "127.0.0.1"
    port: int = 8500
    rest_port: int = 8501
    workers: int = 1
    queue: int = 32
    max_batch: int = 16
    max_request_megabytes: int = 32
    timeout: float = 60.0
    read_timeout: float = 10.0
    write_timeout: float = 30.0
    max_connections: int = 1000
    grace: float = 30.0
    tls_certificate: str = ""
    tls_key: str = ""
    token_file: str = ""
    allowed_hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counts = ("workers", "max_batch", "max_request_megabytes")
        times = ("timeout", "read_timeout", "write_timeout")
        require_range(self, "", ("port", "rest_port"), 0, 65535)
        require_range(self, "", (*counts, "max_connections"), 1)
        require_range(self, "", ("queue",), 0)
        require_range(self, "", ("grace",), 0)
        require_range(self, "", times, 0.001)
        if bool(self.tls_certificate) != bool(self.tls_key):
            missing = "tls_key" if self.tls_certificate else "tls_certificate"
            raise UserError(
                "TLS needs both the certificate and its key", argument=missing
            )
        # Raises now what would otherwise be found after the model is loaded.
        for name in ("tls_certificate", "tls_key"):
            self._content(name)
        read_token_file(self.token_file)

    @property
    def max_bytes(self) -> int:
        """The largest request, in bytes."""
        return self.max_request_megabytes * 1_000_000

    @property
    def token(self) -> str:
        """The token; empty if there is none."""
        return read_token_file(self.token_file)

    @property
    def tls(self) -> tuple[bytes, bytes] | None:
        """The private key and the certificate chain; None without TLS."""
        if not self.tls_key:
            return None
        return self._content("tls_key"), self._content("tls_certificate")

    def _content(self, name: str) -> bytes:
        path = getattr(self, name)
        try:
            return pathlib.Path(path).read_bytes() if path else b""
        except OSError as error:
            raise UserError(
                f"{path} cannot be read ({error.strerror})", argument=name
            ) from None
