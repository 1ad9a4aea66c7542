"""How many bytes a TIFF file's strips and tiles unpack to.

libtiff fills its buffer and ignores what is too much, so a flipped bit that
makes one code longer shifts everything after it, in silence.
"""

__all__ = ["lzw_size", "packbits_size"]

_CLEAR, _END = 256, 257
_WIDEST = 12


def packbits_size(piece: bytes) -> int:
    """Returns the unpacked length of PackBits data.

    Args:
        piece: A strip or tile.

    Returns:
        The number of bytes; -1 if the data end within a code.

    Example:
        >>> packbits_size(bytes([254, 7, 1, 5, 6]))
        5
    """
    at = size = 0
    # A single byte at the end fills up the strip.
    while at < len(piece) - 1:
        code = piece[at]
        # Above 128, one byte is repeated; 128 does nothing.
        size += code + 1 if code < 128 else (257 - code) % 129
        at += code + 2 if code < 128 else 2 - (code == 128)
    return size if at <= len(piece) else -1


def lzw_size(piece: bytes) -> int:
    """Returns the unpacked length of LZW data.

    Args:
        piece: A strip or tile, with the highest bits first.

    Returns:
        The number of bytes up to the end code; -1 if a code has no meaning.
    """
    lengths = [1] * 256 + [0, 0]
    held = count = size = before = 0
    width = 9
    for byte in piece:
        held = (held << 8 | byte) & 0xFFFFF
        count += 8
        if count < width:
            continue
        count -= width
        code = held >> count & ((1 << width) - 1)
        if code == _END:
            break
        if code == _CLEAR:
            del lengths[258:]
            width, before = 9, 0
            continue
        if before:
            lengths.append(before + 1)
        if code >= len(lengths):
            return -1
        before = lengths[code]
        size += before
        # The width grows one code early.
        if len(lengths) >= (1 << width) - 1 and width < _WIDEST:
            width += 1
    return size
