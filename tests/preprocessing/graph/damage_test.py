"""The graph refuses what Python's strict decoder refuses."""

import io
import re
import zlib

import numpy as np
import pytest
import tensorflow as tf
from fixtures.photograph_files import (
    chunk,
    damaged_jpegs,
    exif,
    jpeg,
    picture,
    png,
    scan_start,
)
from PIL import Image

from dmtdr_tf.preprocessing.decoding.decoders import decode_file
from dmtdr_tf.preprocessing.graph.checksum import crc32
from dmtdr_tf.preprocessing.graph.decoding import decode_photograph

decode = tf.function(
    decode_photograph, input_signature=[tf.TensorSpec((), tf.string)]
)
KINDS = {
    "baseline": {},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 4},
    "progressive with restarts": {
        "progressive": True,
        "restart_marker_rows": 1,
    },
    "full color": {"subsampling": 0, "optimize": True},
    "best quality": {"quality": 99, "restart_marker_blocks": 9},
}
RGB = picture(6, 8)
ROWS = [row.tobytes() for row in RGB]


def reason(content):
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        decode(content)
    return re.findall(r"assertion failed: \[(.*)\]", str(caught.value))[0]


@pytest.mark.parametrize("shape", [(50, 77), (64, 96), (33, 17)])
@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
def test_intact_files_have_python_s_pixels(options, shape):
    for pixels in (picture(*shape), picture(*shape)[..., 1]):
        content = jpeg(pixels, **options)
        np.testing.assert_array_equal(
            decode(content), decode_file(content).rgb()
        )


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
def test_damage_is_refused(options):
    content = jpeg(picture(200, 300), **options)
    for damaged in damaged_jpegs(content).values():
        try:
            decode_file(damaged)
        except ValueError:
            pass
        else:
            # The decoder fell into step again, and reports nothing.
            continue
        assert re.search("damaged|cut short", reason(damaged))


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
def test_mutants_that_python_refuses_are_refused(options):
    rng = np.random.default_rng(0)
    whole = jpeg(picture(120, 160), **options)
    start = scan_start(whole)
    refused = 0
    for _ in range(12):
        at = int(rng.integers(start, len(whole) - 40))
        content = bytearray(whole)
        content[at : at + 20] = rng.integers(0, 255, 20, np.uint8).tobytes()
        try:
            expected = decode_file(bytes(content)).rgb()
        except ValueError:
            refused += 1
            assert reason(bytes(content))
        else:
            if "progressive" not in options:
                np.testing.assert_array_equal(decode(bytes(content)), expected)
    assert refused >= 3


def test_junk_in_the_header_and_fill_bytes_are_harmless():
    content = jpeg()
    at = content.index(b"\xff\xdb")
    for harmless in (
        content[:at] + b"junk\xff\0" + content[at:],
        content[:-2] + b"\xff\xff" + content[-2:],
        content + b"\0trailing\xff",
    ):
        np.testing.assert_array_equal(
            decode(harmless), decode_file(content).rgb()
        )


def test_a_progressive_file_without_its_last_scans_is_cut_short():
    content = jpeg(progressive=True)
    at = content.rindex(b"\xff\xda")
    assert "cut short" in reason(content[:at] + b"\xff\xd9")


@pytest.mark.parametrize("orientation", range(10))
def test_orientation_is_python_s(orientation):
    for content in (
        jpeg(exif=b"Exif\0\0" + exif(orientation, ">")),
        png(8, 6, 8, 2, ROWS, chunk(b"eXIf", exif(orientation))),
    ):
        np.testing.assert_array_equal(
            decode(content), decode_file(content).rgb()
        )


@pytest.mark.parametrize("count", [0, 84, 2**31])
def test_orientation_of_a_damaged_entry_is_python_s(count):
    block = bytearray(exif(5, ">"))
    block[14:18] = count.to_bytes(4, "big")
    content = jpeg(exif=b"Exif\0\0" + bytes(block))
    np.testing.assert_array_equal(decode(content), decode_file(content).rgb())


def test_transparency_is_python_s():
    palette = chunk(b"PLTE", b"\0\0\0\xff\xff\xff\x0a\x14\x1e")
    key = b"".join(bytes([0, value]) for value in RGB[0, 0])
    for content in (
        png(8, 6, 8, 2, ROWS, chunk(b"tRNS", key)),
        png(3, 1, 8, 3, [b"\0\1\2"], palette, chunk(b"tRNS", b"\xff\0\x80")),
        png(4, 1, 8, 0, [b"\0\1\2\xff"], chunk(b"tRNS", b"\0\xff")),
        png(4, 1, 2, 0, [b"\x1b"], chunk(b"tRNS", b"\0\3")),
    ):
        np.testing.assert_array_equal(
            decode(content), decode_file(content).rgb()
        )


def test_a_flipped_bit_anywhere_in_a_png_file_is_refused():
    content = png(8, 6, 8, 2, ROWS, chunk(b"tEXt", b"a\0b"))
    for at in range(8, len(content)):
        damaged = bytearray(content)
        damaged[at] ^= 16
        with pytest.raises(tf.errors.InvalidArgumentError):
            decode(bytes(damaged))


def test_one_line_for_what_python_refuses_in_other_ways():
    several = jpeg() + jpeg()
    twelve_bits = png(2, 1, 16, 0, [b"\x0f\xff\x03\x00"])
    animated = png(8, 6, 8, 2, ROWS, chunk(b"acTL", bytes(8)))
    long = png(100, 1, 8, 0, [bytes(100)])
    file = io.BytesIO()
    Image.fromarray(picture()).convert("CMYK").save(file, "JPEG")
    for content, words in (
        (several, "more than one picture"),
        (png(8, 6, 8, 2, ROWS) * 2, "more than one picture"),
        (twelve_bits, "12 bits in 16"),
        (animated, "animated"),
        (long, "a strip, not a photograph"),
        (file.getvalue(), "CMYK"),
    ):
        assert words in reason(content)
        with pytest.raises(ValueError, match=words):
            decode_file(content).rgb()


@pytest.mark.parametrize("length", [4, 5, 8, 31, 1000])
def test_the_checksum_is_zlib_s(length):
    data = np.random.default_rng(length).integers(0, 256, length, np.uint8)
    assert int(crc32(tf.constant(data))) == zlib.crc32(data.tobytes())


def test_real_photographs_are_accepted(idrid):
    files = sorted(idrid.rglob("*.jpg"))
    for file in files[:: len(files) // 6]:
        content = file.read_bytes()
        np.testing.assert_array_equal(
            decode(content), decode_file(content).rgb()
        )


def test_a_png_with_far_more_data_than_pixels_is_refused():
    rows = 8 * [bytes(24)]
    deflate = zlib.compressobj(9)
    # 30 MB of zeros in 30 kB, behind a picture of 192 bytes.
    data = deflate.compress(bytes(30_000_000)) + deflate.flush()
    bomb = png(8, 8, 8, 2, rows, data=data)
    with pytest.raises(tf.errors.InvalidArgumentError, match="is damaged"):
        decode_photograph(tf.constant(bomb))


@pytest.mark.parametrize("depth", [8, 16])
def test_a_png_that_cannot_be_compressed_is_read(depth):
    rng = np.random.default_rng(0)
    rows = [rng.bytes(300 * 3 * depth // 8) for _ in range(200)]
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 0)
    photograph = png(300, 200, depth, 2, rows, data=data)
    assert decode_photograph(tf.constant(photograph)).shape == (200, 300, 3)
