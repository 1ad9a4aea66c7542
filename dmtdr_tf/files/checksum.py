"""A SHA-256 at the end of a file, which goes wherever the file goes.

HDF5 and ZIP readers leave bytes behind their own end alone. A checksum in a
file beside it could not be replaced together with it.
"""

import hashlib
import os
import re

from dmtdr_tf.files.errors import UserError

__all__ = ["append_checksum", "check_checksum", "file_sha256"]

_TRAILER = re.compile(rb"\nsha256 ([0-9a-f]{64})\n")
_LENGTH = len("\nsha256 \n") + 64
_BLOCK = 1 << 20


def file_sha256(path: str | os.PathLike[str], length: int = -1) -> str:
    """Returns the SHA-256 of a file, in hexadecimal.

    Args:
        path: The file.
        length: How many of its bytes to read; all by default.

    Raises:
        OSError: The file cannot be read.
    """
    with open(path, "rb") as file:
        if length < 0:
            return hashlib.file_digest(file, "sha256").hexdigest()
        digest = hashlib.sha256()
        while length > 0 and (block := file.read(min(length, _BLOCK))):
            digest.update(block)
            length -= len(block)
        return digest.hexdigest()


def append_checksum(path: str | os.PathLike[str]) -> None:
    """Appends the SHA-256 of a file to it.

    Args:
        path: The file, without a checksum.

    Raises:
        OSError: The file cannot be read or written.

    Example:
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "weights.h5")
    >>> _ = path.write_bytes(b"weights")
    >>> append_checksum(path)
    >>> check_checksum(path)
    True
    """
    digest = file_sha256(path)
    with open(path, "ab") as file:
        file.write(b"\nsha256 %s\n" % digest.encode())


def check_checksum(path: str | os.PathLike[str], remedy: str = "") -> bool:
    """Refuses a file whose content is not that of its checksum.

    Args:
        path: The file.
        remedy: What the user can do about it.

    Returns:
        Whether it has a checksum; files of earlier versions have none.

    Raises:
        UserError: The content has changed since the checksum was appended.
        OSError: The file cannot be read.
    """
    length = max(0, os.path.getsize(path) - _LENGTH)
    with open(path, "rb") as file:
        file.seek(length)
        trailer = _TRAILER.fullmatch(file.read())
    if trailer is None:
        return False
    if file_sha256(path, length) != trailer[1].decode():
        raise UserError(
            f"{path}: damaged: its content is not that of its SHA-256"
            + (remedy and f"; {remedy}")
        )
    return True
