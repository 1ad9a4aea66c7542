"""Text of others, such as files' names, as a person may safely see it."""

import unicodedata

__all__ = ["visible"]

# Parts of words in some scripts and of emoji.
_JOINERS = "\u200c\u200d"
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def visible(text: str) -> str:
    r"""Writes out the characters that have no shape, such as those of control.

    Among them are the overrides of the direction of writing, which make the
    end of a file's name appear at its start.

    Args:
        text: Any text, such as a file's name.

    Returns:
        The text with `\xNN`, `\uNNNN` or `\UNNNNNNNN` for such characters.

    Example:
    >>> print(visible("eye\u202egpj.exe\n"))
    eye\u202egpj.exe\x0a
    """
    return "".join(
        _written_out(character)
        if unicodedata.category(character) in _HIDDEN
        and character not in _JOINERS
        else character
        for character in text
    )


def _written_out(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
