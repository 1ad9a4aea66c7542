"""Writes a file completely or not at all."""

import contextlib
import errno
import hashlib
import os
import pathlib
from collections.abc import Iterator

__all__ = ["whole_file", "write_bytes", "write_text"]

_LONGEST_NAME = 200


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """Yields a hidden file next to the target and renames it at the end.

    An error inside the `with` block leaves the target unchanged and removes
    the hidden file. A target that is a link stays a link.

    Args:
        path: The file to write; replaced if it exists. Its folder must exist.

    Yields:
        The file to write to. It has the suffixes of `path`.

    Raises:
        OSError: The file cannot be written, or the path is a folder, a device
            or a pipe.

    Example:
    >>> import tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "figures.json")
    >>> with whole_file(path) as partial:
    ...     _ = partial.write_text("{}")
    >>> path.read_text()
    '{}'
    """
    path = pathlib.Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        # Renaming a file to it would replace a device, too.
        raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
    partial = path.with_name(_partial_name(path))
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _partial_name(path: pathlib.Path) -> str:
    """The same for each writing, so that a killed one leaves at most one."""
    name = path.name
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(name)).hexdigest() + path.suffix[:20]
    return f".dmtdr-partial.{name}"


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Writes a file completely or not at all.

    Args:
        path: The file; replaced if it exists.
        content: Its content.

    Raises:
        OSError: The file cannot be written.
    """
    with whole_file(path) as partial:
        partial.write_bytes(content)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes a UTF-8 text file completely or not at all.

    Args:
        path: The file; replaced if it exists.
        text: Its content.

    Raises:
        OSError: The file cannot be written.
    """
    write_bytes(path, text.encode("utf-8"))
