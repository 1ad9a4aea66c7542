"""Reads a regular file's bytes, and names what is none."""

import os
import stat

__all__ = ["read_regular_file"]

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read_regular_file(path: str | os.PathLike[str], limit: int) -> bytes:
    """Reads a file whole, unless it is not a file or too large.

    Args:
        path: The file.
        limit: The most bytes that are read.

    Returns:
        Its content.

    Raises:
        ValueError: It is missing, a folder, a named pipe, a socket or a
            device, too large or cannot be read.
    """
    try:
        _check(os.stat(path), limit)
        # Something else may have taken the name: a pipe must not block.
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
        handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
        with open(handle, "rb") as file:
            _check(os.fstat(handle), limit)
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise ValueError("no such file") from None
    except OSError as error:
        raise ValueError(error.strerror or type(error).__name__) from None
    except MemoryError:
        raise ValueError("there is not enough memory to read it") from None
    if not data:
        raise ValueError("the file is empty")
    if len(data) > limit:
        raise ValueError(_too_large(len(data), limit))
    return data


def _check(status: os.stat_result, limit: int) -> None:
    for is_kind, name in _KINDS:
        if is_kind(status.st_mode):
            raise ValueError(f"this is {name}, not a file")
    if status.st_size > limit:
        raise ValueError(_too_large(status.st_size, limit))


def _too_large(size: int, limit: int) -> str:
    return (
        f"{size // 1_000_000} megabytes are more than the "
        f"{limit // 1_000_000} we read; reduce the photograph first"
    )
