"""PNG files of every depth and transparency, whole and damaged."""

import tracemalloc
import zlib

import numpy as np
import pytest
from fixtures.photograph_files import chunk, exif, picture, png

from dmtdr_tf.preprocessing.decoding.decoders import decode_file
from dmtdr_tf.preprocessing.decoding.png import check_png, decode_png

RGB = picture(6, 8)
ROWS = [row.tobytes() for row in RGB]
PALETTE = chunk(b"PLTE", b"\0\0\0\xff\xff\xff\x0a\x14\x1e")


@pytest.mark.parametrize(
    ("depth", "row", "levels"),
    [
        (1, b"\x50", [0, 255, 0, 255]),
        (2, b"\x1b", [0, 85, 170, 255]),
        (4, b"\x01\x2f", [0, 17, 34, 255]),
        (8, b"\x00\x01\x02\xff", [0, 1, 2, 255]),
        (16, b"\x00\x01\x10\x02\x20\x03\xff\xff", [0, 16, 32, 255]),
    ],
)
def test_gray_of_every_depth_and_its_transparent_level(depth, row, levels):
    gray = decode_png(png(4, 1, depth, 0, [row])).rgb()
    assert gray[0, :, 0].tolist() == levels
    # The last level is transparent.
    key = chunk(b"tRNS", (2**depth - 1).to_bytes(2, "big"))
    clear = decode_png(png(4, 1, depth, 0, [row], key)).rgb()
    expected = [0 if level == 255 else level for level in levels]
    assert clear[0, :, 0].tolist() == expected


def test_a_transparent_color_becomes_black():
    key = b"".join(bytes([0, value]) for value in RGB[0, 0])
    read = decode_png(png(8, 6, 8, 2, ROWS, chunk(b"tRNS", key))).rgb()
    assert not read[0, 0].any()
    np.testing.assert_array_equal(read[1:, :5], RGB[1:, :5])


def test_a_transparent_index_becomes_black():
    alpha = chunk(b"tRNS", b"\xff\x00\x80")
    read = decode_png(png(3, 1, 8, 3, [b"\0\1\2"], PALETTE, alpha)).rgb()
    assert read[0].tolist() == [[0, 0, 0], [0, 0, 0], [5, 10, 15]]


def test_twelve_bits_in_sixteen_are_named_and_black_is_not():
    row = b"\x0f\xff\x03\x00"
    with pytest.raises(ValueError, match="12 bits in 16"):
        decode_png(png(2, 1, 16, 0, [row])).rgb()
    # All samples are there for masks.
    assert decode_png(png(2, 1, 16, 0, [row])).pixels.max() == 4095
    assert not decode_png(png(2, 1, 16, 0, [bytes(4)])).rgb().any()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_to_every_pixel_as_in_jpeg(orientation):
    block = chunk(b"eXIf", exif(orientation, ">"))
    read = decode_png(png(8, 6, 8, 2, ROWS, block)).rgb()
    turned = {
        1: RGB,
        2: RGB[:, ::-1],
        3: RGB[::-1, ::-1],
        4: RGB[::-1],
        5: RGB.swapaxes(0, 1),
        6: np.rot90(RGB, -1),
        7: RGB[::-1, ::-1].swapaxes(0, 1),
        8: np.rot90(RGB),
    }
    np.testing.assert_array_equal(read, turned[orientation])


def test_a_flipped_bit_anywhere_is_refused():
    content = png(8, 6, 8, 2, ROWS, chunk(b"tEXt", b"a\0b"))
    for at in range(8, len(content)):
        damaged = bytearray(content)
        damaged[at] ^= 16
        with pytest.raises(ValueError, match=r"PNG|strip|megapixels"):
            decode_file(bytes(damaged))


def test_data_that_are_too_short_or_too_long_are_refused():
    raw = b"".join(b"\0" + row for row in ROWS)
    for data, reason in (
        (zlib.compress(raw[:-1]), "cut short"),
        (zlib.compress(raw + b"\0"), "damaged"),
        (zlib.compress(raw)[:-1], "damaged"),
        (zlib.compress(raw)[:-4] + b"\0\0\0\0", "damaged"),
        (zlib.compress(bytes(10**8)), "damaged"),
    ):
        with pytest.raises(ValueError, match=reason):
            decode_png(png(8, 6, 8, 2, [], data=data))


def test_interlaced_files_are_read():
    # Each pass of one pixel is its row with a filter byte.
    rows = [row.tobytes() for row in picture(1, 1)]
    content = png(1, 1, 8, 2, rows)
    header = content[:8] + chunk(b"IHDR", content[16:28] + b"\1") + content[33:]
    assert decode_png(header).rgb().shape == (1, 1, 3)


def test_animations_and_second_pictures_are_refused():
    with pytest.raises(ValueError, match="animated"):
        check_png(png(8, 6, 8, 2, ROWS, chunk(b"acTL", bytes(8))))
    content = png(8, 6, 8, 2, ROWS)
    assert check_png(content + b"trailing")
    with pytest.raises(ValueError, match="more than one picture"):
        check_png(content + content)


def test_data_that_are_far_too_long_are_not_inflated():
    bomb = png(2, 2, 8, 0, [], data=zlib.compress(bytes(200_000_000)))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="damaged"):
            decode_png(bomb)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
