"""Directories of tags, as TIFF, BigTIFF and EXIF have them."""

import struct
from typing import NamedTuple

__all__ = ["Directory", "read_directory", "read_header"]

# The byte order and whether it is BigTIFF.
_HEADERS = {
    b"II*\0": ("<", False),
    b"MM\0*": (">", False),
    b"II+\0": ("<", True),
    b"MM\0+": (">", True),
}
# The field types that hold whole numbers: struct's letter.
_INTEGERS = {1: "B", 3: "H", 4: "I", 7: "B", 13: "I", 16: "Q", 18: "Q"}
# More values than any photograph has strips or tiles.
_MOST_VALUES = 2**20


class Directory(NamedTuple):
    """The whole numbers of one directory.

    Args:
        tags: The values by tag.
        next: Where the next directory is; 0 if there is none.
    """

    tags: dict[int, tuple[int, ...]]
    next: int

    def value(self, tag: int, default: int = 0) -> int:
        """The first value of a tag."""
        return self.tags.get(tag, (default,))[0]


def read_header(data: bytes) -> int:
    """Returns where a block's first directory is.

    Args:
        data: A block that begins like a TIFF file.

    Raises:
        ValueError: It does not begin so, or is too short.
    """
    order, big = _header(data)
    # Always the bytes of an offset, and zero.
    if big and data[4:8] != struct.pack(order + "HH", 8, 0):
        raise ValueError("the header of a BigTIFF file is damaged")
    try:
        return struct.unpack_from(
            order + ("Q" if big else "I"), data, 8 if big else 4
        )[0]
    except struct.error:
        raise ValueError("a directory is cut short") from None


def read_directory(data: bytes, at: int) -> Directory:
    """Reads the directory at an offset.

    Args:
        data: The whole block, which begins like a TIFF file.
        at: The directory's offset.

    Returns:
        Its tags of whole numbers.

    Raises:
        ValueError: It reaches outside of the block.
    """
    order, big = _header(data)
    entry = 20 if big else 12
    count_format, offset_format = ("Q", "Q") if big else ("H", "I")
    try:
        (count,) = struct.unpack_from(order + count_format, data, at)
        first = at + struct.calcsize(count_format)
        end = first + entry * count
        (following,) = struct.unpack_from(order + offset_format, data, end)
        tags = {}
        for start in range(first, end, entry):
            (tag,) = struct.unpack_from(order + "H", data, start)
            values = _values(data, start, order, offset_format)
            if values:
                tags[tag] = values
    except (struct.error, OverflowError):
        raise ValueError("a directory is cut short") from None
    return Directory(tags, following)


def _header(data: bytes) -> tuple[str, bool]:
    try:
        return _HEADERS[bytes(data[:4])]
    except KeyError:
        raise ValueError("no directory begins here") from None


def _values(
    data: bytes, start: int, order: str, offset_format: str
) -> tuple[int, ...]:
    """An entry's values; none if they are not whole numbers."""
    kind, count = struct.unpack_from(
        order + "H" + offset_format, data, start + 2
    )
    letter = _INTEGERS.get(kind)
    if letter is None or not 0 < count <= _MOST_VALUES:
        return ()
    room = struct.calcsize(offset_format)
    at = start + 4 + room
    if count * struct.calcsize(letter) > room:
        (at,) = struct.unpack_from(order + offset_format, data, at)
    return struct.unpack_from(f"{order}{count}{letter}", data, at)
