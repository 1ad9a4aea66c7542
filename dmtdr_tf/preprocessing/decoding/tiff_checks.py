"""What a TIFF file's directories say, and whether its data are whole."""

import dataclasses
import zlib
from collections.abc import Callable, Iterator

import simplejpeg

from dmtdr_tf.preprocessing.decoding.directories import (
    Directory,
    read_directory,
    read_header,
)
from dmtdr_tf.preprocessing.decoding.jpeg_segments import parse_jpeg
from dmtdr_tf.preprocessing.decoding.shape import check_shape
from dmtdr_tf.preprocessing.decoding.tiff_lengths import (
    lzw_size,
    packbits_size,
)

__all__ = ["Tiff", "check_tiff"]

DAMAGED = "the TIFF file is damaged or cut short; copy it again"

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION = 254, 256, 257, 258, 259
_PHOTOMETRIC, _SAMPLES, _ROWS, _PLANAR, _FORMAT = 262, 277, 278, 284, 339
_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES = 273, 279, 324, 325
_TILE_WIDTH, _TILE_HEIGHT, _JPEG_TABLES = 322, 323, 347
_NO_COMPRESSION, _OLD_JPEG, _JPEG, _DEFLATE = 1, 6, 7, (8, 32946)
_LZW, _PACKBITS = 5, 32773
# Bytes of LZW data whose codes are followed, in a tenth of a second.
_MOST_LZW = 2**18
_PHOTOMETRICS = {0, 1, 2, 3, 6}
_BY_PHOTOMETRIC = {
    4: "a transparency mask",
    5: "CMYK colors",
    8: "Lab colors",
    9: "Lab colors",
    10: "Lab colors",
}
_DEPTHS = {1, 2, 4, 8, 16}
_MOST_PAGES = 16


@dataclasses.dataclass(frozen=True)
class Tiff:
    """The first picture of a TIFF file.

    Args:
        bits: Bits a sample.
        inverted: Whether zero is white.
    """

    bits: int
    inverted: bool


def check_tiff(data: bytes) -> Tiff:
    """Checks a TIFF or BigTIFF file's directories, size and data.

    Args:
        data: The file's content.

    Returns:
        What it says of its picture.

    Raises:
        ValueError: It is cut short, damaged, too large, of a kind that we do
            not decode, or has several pages.
    """
    try:
        pages = list(_pages(data))
    except ValueError:
        raise ValueError(DAMAGED) from None
    first = pages[0]
    width, height = first.value(_WIDTH), first.value(_HEIGHT)
    check_shape(width, height)
    _check_pages(pages)
    _check_kind(first)
    pieces = list(_pieces(data, first))
    _check_sizes(first, [len(piece) for piece in pieces])
    _check_data(first, pieces)
    return Tiff(first.value(_BITS, 1), first.value(_PHOTOMETRIC) == 0)


def _check_data(page: Directory, pieces: list[bytes]) -> None:
    """Checks the compressed data as far as libtiff does not."""
    compression = page.value(_COMPRESSION, 1)
    if compression in _DEFLATE:
        _check_deflate(pieces, _piece_size(page))
    elif compression == _PACKBITS:
        _check_unpacked(pieces, page, packbits_size)
    elif compression == _LZW:
        _check_lzw(pieces, page)
    elif compression == _JPEG:
        _check_jpeg(pieces, bytes(page.tags.get(_JPEG_TABLES, ())))


def _pages(data: bytes) -> Iterator[Directory]:
    at, count = read_header(data), 0
    while at and count < _MOST_PAGES:
        directory = read_directory(data, at)
        yield directory
        at, count = directory.next, count + 1
    if not count:
        raise ValueError("no page")


def _check_pages(pages: list[Directory]) -> None:
    """A reduced copy behind the picture is harmless; another page is not."""
    if pages[0].value(_SUBFILE) & 1:
        raise ValueError(
            "the first picture of the TIFF file is a thumbnail; save the "
            "photograph alone"
        )
    if any(not page.value(_SUBFILE) & 1 for page in pages[1:]):
        raise ValueError(
            "the TIFF file holds more than one picture; save the photograph "
            "alone"
        )


def _check_kind(page: Directory) -> None:
    photometric, bits = page.value(_PHOTOMETRIC, -1), page.value(_BITS, 1)
    reason = None
    if page.value(_FORMAT, 1) != 1:
        reason = "of signed or floating-point samples"
    elif bits not in _DEPTHS or len(set(page.tags.get(_BITS, (1,)))) > 1:
        reason = f"of {bits} bits a sample"
    elif photometric in _BY_PHOTOMETRIC:
        reason = f"of {_BY_PHOTOMETRIC[photometric]}"
    elif photometric not in _PHOTOMETRICS:
        reason = "of an unknown color model"
    elif bits == 16 and not _is_plain(page):
        reason = "of 16 bits with separate planes or gray transparency"
    elif page.value(_COMPRESSION, 1) == _OLD_JPEG:
        reason = "of old-style JPEG compression"
    if reason:
        raise ValueError(
            f"a TIFF file {reason} cannot be read; save it as RGB of 8 bits"
        )


def _is_plain(page: Directory) -> bool:
    """Whether 16-bit samples are gray, RGB or RGBA, side by side."""
    samples = page.value(_SAMPLES, 1)
    return page.value(_PHOTOMETRIC) in (0, 1, 2) and (
        samples == 1 or (samples in (3, 4) and page.value(_PLANAR, 1) == 1)
    )


def _pieces(data: bytes, page: Directory) -> Iterator[bytes]:
    """The compressed strips or tiles."""
    tiled = _TILES in page.tags
    offsets = page.tags.get(_TILES if tiled else _STRIPS, ())
    sizes = page.tags.get(_TILE_SIZES if tiled else _STRIP_SIZES, ())
    if len(offsets) != len(sizes):
        raise ValueError(DAMAGED)
    for offset, size in zip(offsets, sizes, strict=True):
        if not size or offset + size > len(data):
            raise ValueError(DAMAGED)
        yield data[offset : offset + size]


def _piece_shape(page: Directory) -> tuple[int, int]:
    """Width and height of a strip or tile."""
    width, height = page.value(_WIDTH), page.value(_HEIGHT)
    if _TILES in page.tags:
        return page.value(_TILE_WIDTH), page.value(_TILE_HEIGHT)
    return width, min(page.value(_ROWS, height), height)


def _piece_size(page: Directory) -> int:
    """The bytes of a whole strip or tile, decompressed."""
    width, height = _piece_shape(page)
    return _row_size(page, width) * height


def _row_size(page: Directory, width: int) -> int:
    chunky = page.value(_PLANAR, 1) == 1
    samples = page.value(_SAMPLES, 1) if chunky else 1
    return (width * samples * page.value(_BITS, 1) + 7) // 8


def _check_sizes(page: Directory, sizes: list[int]) -> None:
    """Refuses missing strips and tiles, and short ones not compressed."""
    width, height = _piece_shape(page)
    if width <= 0 or height <= 0:
        raise ValueError(DAMAGED)
    across = -(-page.value(_WIDTH) // width)
    down = -(-page.value(_HEIGHT) // height)
    planes = 1 if page.value(_PLANAR, 1) == 1 else page.value(_SAMPLES, 1)
    if len(sizes) != across * down * planes:
        raise ValueError(DAMAGED)
    if page.value(_COMPRESSION, 1) != _NO_COMPRESSION:
        return
    for size, least in zip(sizes, _unpacked_sizes(page), strict=True):
        if size < least:
            raise ValueError(DAMAGED)


def _unpacked_sizes(page: Directory) -> list[int]:
    """The bytes of each strip or tile; the last strip may be short."""
    width, height = _piece_shape(page)
    across = -(-page.value(_WIDTH) // width)
    down = -(-page.value(_HEIGHT) // height)
    planes = 1 if page.value(_PLANAR, 1) == 1 else page.value(_SAMPLES, 1)
    last = height
    if _TILES not in page.tags:
        last = page.value(_HEIGHT) - (down - 1) * height
    heights = [height] * (across * down - 1) + [last]
    row = _row_size(page, width)
    return [row * one for one in heights] * planes


def _check_unpacked(
    pieces: list[bytes], page: Directory, size_of: Callable[[bytes], int]
) -> None:
    """Refuses data that unpack to another size.

    Some programs fill up the last strip to its full height.
    """
    full = _piece_size(page)
    for piece, size in zip(pieces, _unpacked_sizes(page), strict=True):
        if size_of(piece) not in (size, full):
            raise ValueError(DAMAGED)


def _check_lzw(pieces: list[bytes], page: Directory) -> None:
    """Counts the pixels where that is quick: of masks, not of photographs."""
    if sum(map(len, pieces)) > _MOST_LZW:
        return
    # libtiff reads an older form, too, with the lowest bits first.
    if not any(piece[0] == 0 and piece[1:2] != b"\0" for piece in pieces):
        _check_unpacked(pieces, page, lzw_size)


def _check_deflate(pieces: list[bytes], size: int) -> None:
    """Compares the checksums, which libtiff does not read."""
    for piece in pieces:
        stream = zlib.decompressobj()
        try:
            found = len(stream.decompress(piece, size + 1))
            found += len(stream.flush())
        except zlib.error:
            raise ValueError(DAMAGED) from None
        if not stream.eof or found > size:
            raise ValueError(DAMAGED)


def _check_jpeg(pieces: list[bytes], tables: bytes) -> None:
    """Decodes each piece strictly: libtiff ignores libjpeg's warnings."""
    for piece in pieces:
        file, _ = parse_jpeg(b"\xff\xd8" + tables[2:-2] + piece[2:])
        color_space = "GRAY" if file.components == 1 else "RGB"
        try:
            simplejpeg.decode_jpeg(file.clean, color_space)
        except ValueError:
            raise ValueError(DAMAGED) from None
