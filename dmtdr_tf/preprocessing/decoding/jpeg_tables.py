"""Huffman tables of a JPEG file with every unused code filled in."""

import itertools

__all__ = ["fill_codes"]

_BITS = 16
_MOST_SYMBOLS = 256
# A coefficient of five bits, in place of the zero that decoders take for an
# unused code.
_SYMBOL = 5


def fill_codes(content: bytes) -> bytes:
    """Gives the unused codes of Huffman tables a symbol that shows.

    libjpeg decodes most of a file by a fast path that takes an unused code for
    a zero and says nothing. An intact file has no such code, so that it is the
    same picture with any symbol for them.

    Args:
        content: The payload of a DHT segment.

    Returns:
        The payload to decode again; as it was where a table is damaged or has
        no room. The code of sixteen ones stays unused: JPEG forbids it.
    """
    parts, at = [], 0
    while at + 1 + _BITS <= len(content):
        counts = list(content[at + 1 : at + 1 + _BITS])
        end = at + 1 + _BITS + sum(counts)
        symbols = content[at + 1 + _BITS : end]
        used = sum(n << (_BITS - bits) for bits, n in enumerate(counts, 1))
        free = (1 << _BITS) - 1 - used
        added = min(free, _MOST_SYMBOLS - sum(counts), 255 - counts[-1])
        if end > len(content) or added < 0:
            return content
        counts[-1] += added
        filler = bytes(itertools.repeat(_SYMBOL, added))
        parts.append(content[at : at + 1] + bytes(counts) + symbols + filler)
        at = end
    return b"".join(parts) if at == len(content) else content
