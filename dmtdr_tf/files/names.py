"""Text of others, such as names of files, made safe to show and to tabulate."""

import os
import re
import unicodedata

__all__ = ["csv_cell", "plain_cell", "printable"]

# Joiners, which are parts of words in some scripts and of emoji.
_JOINERS = "\u200c\u200d"
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
# An undecodable byte, as `os.fsdecode` keeps it in a file's name.
_BYTE = re.compile("[\udc80-\udcff]")
# A spreadsheet evaluates a cell that begins with one of these, some of them
# also behind blanks or in their full-width form.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def printable(text: str | os.PathLike[str]) -> str:
    r"""Writes out the characters that have no shape, such as those of control.

    Everything that reaches a terminal, a log or a page goes through here. A
    newline in a file's name would begin a second line, an escape sequence
    would move the cursor or change colors, and an override of the direction
    of writing makes the end of a name appear at its start.

    Args:
        text: A path, or any text of others.

    Returns:
        The text with `\xNN` for control characters and for bytes that are not
        UTF-8, and `\uNNNN` or `\UNNNNNNNN` for others without a shape. It can
        be encoded as UTF-8.

    Example:
    >>> print(printable("eye\u202egpj.exe\n"))
    eye\u202egpj.exe\x0a
    """
    return "".join(_shown(character) for character in os.fspath(text))


def csv_cell(text: str) -> str:
    """Makes a cell of a CSV table harmless for spreadsheets.

    A cell that begins with `=`, `+`, `-`, `@`, a tab or a line break is
    evaluated as a formula when the table is opened. An apostrophe before it
    makes it text. A cell that begins with an apostrophe gets another one, so
    that `plain_cell` restores every cell; numbers stay numbers.

    Args:
        text: The cell.

    Returns:
        The cell to write.

    Example:
    >>> csv_cell("=1+1.jpg"), csv_cell("-0.25"), csv_cell("eye.jpg")
    ("'=1+1.jpg", '-0.25', 'eye.jpg')
    """
    if _NUMBER.fullmatch(text):
        return text
    if text.startswith("'") or _FORMULA.match(text):
        return f"'{text}"
    return text


def plain_cell(cell: str) -> str:
    """Returns what `csv_cell` was given.

    Args:
        cell: A cell as it was written.

    Example:
    >>> plain_cell(csv_cell("=1+1.jpg"))
    '=1+1.jpg'
    """
    return cell.removeprefix("'")


def _shown(character: str) -> str:
    if character in _JOINERS:
        return character
    if unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    if _BYTE.match(character):
        code -= 0xDC00
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
