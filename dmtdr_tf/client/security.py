"""How a client proves who it is, and makes sure of the server."""

import dataclasses
import os
import pathlib

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.token_file import read_token_file

__all__ = ["Security"]


@dataclasses.dataclass(frozen=True)
class Security:
    """Encryption and a token.

    Args:
        tls: Encrypt, and check the server's certificate.
        tls_ca: A PEM file with the authorities to trust, for a certificate
            that is not of a public one; it implies `tls`.
        token_file: A file whose only line is the server's token.

    Raises:
        UserError: A file cannot be read.
    """

    tls: bool = False
    tls_ca: str | os.PathLike[str] = ""
    token_file: str | os.PathLike[str] = ""

    def __post_init__(self) -> None:
        # Raises now what would otherwise fail with every photograph.
        self.authorities()
        self.headers()

    @property
    def is_encrypted(self) -> bool:
        """Whether the connection uses TLS."""
        return self.tls or bool(self.tls_ca)

    def authorities(self) -> bytes | None:
        """Returns the authorities to trust; None for the usual ones."""
        if not self.tls_ca:
            return None
        try:
            content = pathlib.Path(self.tls_ca).read_bytes()
        except OSError as error:
            raise UserError(
                f"{os.fspath(self.tls_ca)} cannot be read ({error.strerror})",
                argument="tls_ca",
            ) from None
        if b"-----BEGIN CERTIFICATE-----" not in content:
            raise UserError(
                f"{os.fspath(self.tls_ca)} holds no PEM certificate",
                argument="tls_ca",
            )
        return content

    def headers(self) -> dict[str, str]:
        """Returns the headers of each request, in lower case."""
        token = read_token_file(self.token_file)
        return {"authorization": f"Bearer {token}"} if token else {}
