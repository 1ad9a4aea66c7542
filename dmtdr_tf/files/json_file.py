"""Reads JSON files strictly: whatever could be misread is refused."""

import json
import math
import os
import pathlib
import reprlib
from typing import Any

from dmtdr_tf.files.errors import UserError

__all__ = ["brief", "parse_object", "read_bytes", "read_object"]


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 50
_SHORT.maxlevel = 2


def brief(value: Any) -> str:
    """Returns a value's `repr` in at most some 60 printable characters.

    Args:
        value: What a file holds in place of what is right.

    Example:
    >>> brief("x" * 1000)
    "'xxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxx'"
    """
    return _SHORT.repr(value)


def read_bytes(
    path: str | os.PathLike[str], largest: int = 16_000_000
) -> bytes:
    """Reads a small regular file whole.

    Args:
        path: The file.
        largest: The largest size to read, in bytes. Files of ours that hold
            one object have some kilobytes.

    Returns:
        Its content.

    Raises:
        FileNotFoundError: There is no such file.
        UserError: It is a folder or a device, too large, or cannot be read.
    """
    path = pathlib.Path(path)
    try:
        if path.exists() and not path.is_file():
            raise UserError(f"{path}: not a file")
        if path.stat().st_size > largest:
            raise UserError(f"{path}: larger than {largest // 10**6} MB")
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{path}: cannot be read ({reason})") from None


def read_object(
    path: str | os.PathLike[str], kind: str, remedy: str = ""
) -> dict[str, Any]:
    """Reads a file that holds one JSON object.

    Args:
        path: The file.
        kind: What the file should be, such as "configuration".
        remedy: What the user can do about a damaged file.

    Returns:
        The object.

    Raises:
        UserError: The file is missing, cannot be read, or holds no JSON
            object; as `parse_object`.
    """
    try:
        content = read_bytes(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such {kind}") from None
    return parse_object(content, os.fspath(path), f"not a {kind}", remedy)


def parse_object(
    content: bytes, where: str, what: str = "not JSON", remedy: str = ""
) -> dict[str, Any]:
    """Parses one JSON object in UTF-8.

    Python's own parser keeps the last of several equal keys, and takes `NaN`,
    `Infinity` and numbers that overflow; these are refused here.

    Args:
        content: The text, with or without a byte order mark.
        where: What to name in an error.
        what: What the error says that the content is.
        remedy: What the user can do about it.

    Returns:
        The object.

    Raises:
        UserError: The content is not UTF-8, not JSON, no object, or has a key
            twice, a number that is not finite, or too many levels.

    Example:
    >>> parse_object(b'{"epochs": 3}', "config.json")
    {'epochs': 3}
    >>> parse_object(b'{"a": 1, "a": 2}', "config.json")
    Traceback (most recent call last):
        ...
    dmtdr_tf.files.errors.UserError: config.json: not JSON: the key 'a' \
occurs twice
    """
    try:
        values = json.loads(
            content.decode("utf-8-sig"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_number,
            parse_float=_finite,
        )
    except RecursionError:
        reason = "too many levels"
    except UnicodeDecodeError as error:
        reason = f"not UTF-8 (byte {error.start})"
    except ValueError as error:
        reason = str(error)
    else:
        if isinstance(values, dict):
            return values
        reason = f"expected an object, got {brief(values)}"
    raise UserError(f"{where}: {what}: {reason}" + (remedy and f"; {remedy}"))


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise ValueError(f"the key {brief(key)} occurs twice")
        values[key] = value
    return values


def _refuse_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{brief(text)} is too large")
    return value
