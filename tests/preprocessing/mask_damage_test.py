"""Damaged masks are refused, as far as their kind of file shows the damage."""

import io

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import read_mask
from dmtdr_tf.preprocessing.decoding.tiff_lengths import (
    lzw_size,
    packbits_size,
)

LESION = np.zeros((90, 120), np.uint8)
for _x, _y, _radius in ((30, 30, 9), (80, 40, 4), (60, 70, 12), (99, 80, 2)):
    cv2.circle(LESION, (_x, _y), _radius, 1, -1)
RED = [0, 0, 0, 255, 0, 0] + [0] * 762


def _pillow(pixels, kind, palette=None, **options):
    image = Image.fromarray(pixels)
    if palette:
        image.putpalette(palette)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _tiff(pixels, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, metadata=None, **options)
    return file.getvalue()


GRAY, BITS = LESION * 255, LESION > 0
# Their checksums show every flipped bit.
CHECKED = {
    "png, 1 bit": _pillow(BITS, "PNG"),
    "png, gray": _pillow(GRAY, "PNG"),
    "png, palette": _pillow(LESION, "PNG", RED),
    "tiff, 1 bit, deflate": _pillow(
        BITS, "TIFF", compression="tiff_adobe_deflate"
    ),
    "tiff, strips, deflate": _tiff(GRAY, rowsperstrip=20, compression="zlib"),
    "tiff, tiles, deflate": _tiff(GRAY, tile=(48, 64), compression="zlib"),
}
# The number of pixels shows nearly every flipped bit.
COUNTED = {
    "tiff, 1 bit, lzw": _pillow(BITS, "TIFF", compression="tiff_lzw"),
    "tiff, palette, lzw": _pillow(LESION, "TIFF", RED, compression="tiff_lzw"),
    "tiff, strips, lzw": _tiff(GRAY, rowsperstrip=20, compression="lzw"),
    "tiff, tiles, lzw": _tiff(GRAY, tile=(48, 64), compression="lzw"),
    "tiff, strips, packbits": _tiff(
        GRAY, rowsperstrip=20, compression="packbits"
    ),
}
# Nothing shows a flipped bit of one pixel.
RAW = {
    "tiff, 1 bit": _pillow(BITS, "TIFF"),
    "tiff, strips": _tiff(GRAY, rowsperstrip=20),
    "tiff, tiles": _tiff(GRAY, tile=(48, 64)),
    "tiff, 16 bits": _tiff(GRAY.astype(np.uint16) * 257),
    "bmp, 1 bit": _pillow(BITS, "BMP"),
    "bmp, gray": _pillow(GRAY, "BMP"),
    "bmp, color": _pillow(np.dstack([GRAY] * 3), "BMP"),
}
ALL = {**CHECKED, **COUNTED, **RAW}


def _answer(path, content):
    """The mask; None where it is refused in a line that names the file."""
    path.write_bytes(content)
    try:
        return read_mask(path)
    except UserError as error:
        assert str(error).startswith(f"{path}: ")
        assert "\n" not in str(error)
        return None


def _flips(content, count):
    rng = np.random.default_rng(len(content))
    for _ in range(count):
        flipped = bytearray(content)
        # Behind the headers and directories.
        at = int(rng.integers(min(200, len(content) // 2), len(content)))
        flipped[at] ^= 1 << int(rng.integers(8))
        yield bytes(flipped)


@pytest.mark.parametrize("kind", ALL)
def test_an_intact_mask_is_read(tmp_path, kind):
    read = _answer(tmp_path / "mask", ALL[kind])
    np.testing.assert_array_equal(read, LESION)


@pytest.mark.parametrize("kind", ALL)
def test_a_cut_mask_is_refused(tmp_path, kind):
    content = ALL[kind]
    for share in (0.1, 0.5, 0.9):
        part = content[: int(share * len(content))]
        assert _answer(tmp_path / "mask", part) is None
    middle = len(content) // 2
    hole = content[:middle] + content[middle + 12 :]
    assert _answer(tmp_path / "mask", hole) is None


@pytest.mark.parametrize("kind", [*CHECKED, *COUNTED, "bmp, 1 bit"])
def test_inserted_bytes_are_noticed(tmp_path, kind):
    content = ALL[kind]
    middle = 2 * len(content) // 3
    longer = content[:middle] + b"\x55" * 9 + content[middle:]
    read = _answer(tmp_path / "mask", longer)
    assert read is None or np.array_equal(read, LESION)


@pytest.mark.parametrize("kind", CHECKED)
def test_every_flipped_bit_of_checked_data_is_noticed(tmp_path, kind):
    for flipped in _flips(CHECKED[kind], 60):
        read = _answer(tmp_path / "mask", flipped)
        assert read is None or np.array_equal(read, LESION)


@pytest.mark.parametrize("kind", COUNTED)
def test_most_flipped_bits_of_counted_data_are_noticed(tmp_path, kind):
    wrong = 0
    for flipped in _flips(COUNTED[kind], 60):
        read = _answer(tmp_path / "mask", flipped)
        wrong += not (read is None or np.array_equal(read, LESION))
    # One that leaves the length: another value, or one of equal length.
    assert wrong <= 6


def test_odd_values_of_raw_gray_are_noticed(tmp_path):
    """A flipped bit of 8 leaves a third value, at an odd place."""
    content = bytearray(RAW["bmp, gray"])
    content[-5] ^= 8
    assert _answer(tmp_path / "mask", bytes(content)) is None


def test_a_bmp_header_that_does_not_fit_its_pixels_is_refused(tmp_path):
    for at in (18, 22, 28):
        content = bytearray(RAW["bmp, 1 bit"])
        content[at] ^= 32
        assert _answer(tmp_path / "mask", bytes(content)) is None


def test_unpacked_lengths():
    assert packbits_size(bytes([254, 7, 128, 1, 5, 6, 0])) == 5
    assert packbits_size(bytes([3, 1, 2])) == -1
    for length in (1, 300, 5000, 70_000):
        # Long enough for codes of 9 to 12 bits, and for tables anew.
        rng = np.random.default_rng(length)
        row = rng.integers(0, 40, (1, length), np.uint8)
        content = _tiff(row, compression="lzw", rowsperstrip=1)
        with tifffile.TiffFile(io.BytesIO(content)) as file:
            page = file.pages[0]
            at, size = page.dataoffsets[0], page.databytecounts[0]
        assert lzw_size(content[at : at + size]) == length
