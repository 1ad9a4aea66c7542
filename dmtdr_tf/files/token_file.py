"""Reads a bearer token from a file, so that no command line shows it."""

import os
import pathlib

from dmtdr_tf.files.errors import UserError

__all__ = ["read_token_file"]


def read_token_file(path: str | os.PathLike[str]) -> str:
    """Reads a token.

    Args:
        path: A file with one line of printable ASCII without spaces; empty
            for no token.

    Returns:
        The token; empty if there is no file.

    Raises:
        UserError: The file cannot be read or holds something else. It names
            the argument `token_file`.

    Example:
    >>> read_token_file("")
    ''
    """
    if not os.fspath(path):
        return ""
    try:
        content = pathlib.Path(path).read_bytes().strip()
    except OSError as error:
        raise UserError(
            f"{os.fspath(path)} cannot be read ({error.strerror})",
            argument="token_file",
        ) from None
    if not content or any(not 33 <= byte <= 126 for byte in content):
        raise UserError(
            f"{os.fspath(path)} must hold one line of printable ASCII "
            "without spaces",
            argument="token_file",
        )
    return content.decode("ascii")
