"""A file that is written whole or not at all."""

import contextlib
import os
import pathlib
from collections.abc import Iterator

__all__ = ["whole_file", "write_bytes", "write_text"]


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """Yields a hidden file beside the target that is renamed to it at the end.

    An error inside the `with` leaves the target as it was and removes what
    was written.

    Args:
        path: The file to write; replaced if it exists. Its folder must exist.

    Yields:
        The file to write to. It has the suffix of `path`.

    Raises:
        OSError: The file cannot be written.

    Example:
    >>> import tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "figures.json")
    >>> with whole_file(path) as partial:
    ...     _ = partial.write_text("{}")
    >>> path.read_text()
    '{}'
    """
    path = pathlib.Path(path)
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Writes a file whole or not at all.

    Args:
        path: The file; replaced if it exists.
        content: Its content.

    Raises:
        OSError: The file cannot be written.
    """
    with whole_file(path) as partial:
        partial.write_bytes(content)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes a UTF-8 text file whole or not at all, as `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))
