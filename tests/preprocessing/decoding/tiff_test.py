"""TIFF files: strips and tiles, compressed and not, whole and damaged."""

import io
import struct

import numpy as np
import pytest
from fixtures.photograph_files import picture
from PIL import Image

from dmtdr_tf.preprocessing.decoding.decoders import decode_file
from dmtdr_tf.preprocessing.decoding.directories import (
    read_directory,
    read_header,
)
from dmtdr_tf.preprocessing.decoding.exif import upright
from dmtdr_tf.preprocessing.decoding.tiff import decode_tiff

PIXELS = picture(64, 96)
COMPRESSIONS = ("raw", "tiff_adobe_deflate", "tiff_lzw", "packbits", "jpeg")


def tiff(pixels=PIXELS, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "TIFF", **options)
    return file.getvalue()


def write(tags, data, order="<"):
    """A TIFF file from its tags, with one strip of data behind them."""
    data_at = 8 + 2 + 12 * (len(tags) + 2) + 4
    tags = {**tags, 273: data_at, 279: len(data)}
    entries = b"".join(
        struct.pack(order + "HHII", tag, 4, 1, value)
        for tag, value in sorted(tags.items())
    )
    head = b"II*\0" if order == "<" else b"MM\0*"
    return (
        head
        + struct.pack(order + "IH", 8, len(tags))
        + entries
        + bytes(4)
        + data
    )


def gray_tags(**others):
    tags = {256: 4, 257: 3, 258: 8, 259: 1, 262: 1, 277: 1, 278: 3}
    return {**tags, **{int(tag[1:]): value for tag, value in others.items()}}


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_every_compression_is_read(compression):
    read = decode_tiff(tiff(compression=compression)).rgb()
    error = np.abs(read.astype(int) - PIXELS).max()
    assert error == 0 or (compression == "jpeg" and error < 60)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_cut_file_is_refused(compression):
    content = tiff(compression=compression)
    directory = read_directory(content, read_header(content))
    start, size = directory.value(273), directory.value(279)
    # The directory may lie before or behind the data.
    for cut in (start + size // 2, start + 3):
        with pytest.raises(ValueError, match="TIFF"):
            decode_tiff(content[:cut])


@pytest.mark.parametrize(
    "compression", ["tiff_adobe_deflate", "tiff_lzw", "jpeg"]
)
def test_damaged_data_are_refused(compression):
    content = tiff(compression=compression)
    directory = read_directory(content, read_header(content))
    start, size = directory.value(273), directory.value(279)
    damaged = bytearray(content)
    middle = start + size // 2
    damaged[middle : middle + 40] = bytes(40)
    with pytest.raises(ValueError, match="TIFF"):
        decode_tiff(bytes(damaged))


@pytest.mark.parametrize("order", "<>")
def test_black_may_be_either_end(order):
    data = bytes(range(12))
    read = decode_tiff(write(gray_tags(), data, order)).rgb()
    assert read[0, :, 0].tolist() == [0, 1, 2, 3]
    read = decode_tiff(write(gray_tags(t262=0), data, order)).rgb()
    assert read[0, :, 0].tolist() == [255, 254, 253, 252]
    wide = bytes([0, 0, 255, 255] * 6)
    read = decode_tiff(write(gray_tags(t262=0, t258=16), wide, order)).rgb()
    assert read[0, :, 0].tolist() == [255, 0, 255, 0]


def test_sixteen_bits_are_all_there():
    wide = np.arange(12, dtype="<u2") * 300
    raster = decode_tiff(write(gray_tags(t258=16), wide.tobytes()))
    np.testing.assert_array_equal(raster.pixels.ravel(), wide)
    with pytest.raises(ValueError, match="12 bits in 16"):
        raster.rgb()


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ({"t339": 3, "t258": 32}, "floating-point"),
        ({"t258": 12}, "12 bits"),
        ({"t262": 8}, "Lab"),
        ({"t262": 5}, "CMYK"),
        ({"t259": 6}, "old-style JPEG"),
        ({"t254": 1}, "a thumbnail"),
        ({"t278": 1}, "damaged or cut short"),
        ({"t256": 9}, "damaged or cut short"),
        ({"t256": 20_001, "t257": 10_000}, "megapixels"),
        ({"t256": 100}, "a strip, not a photograph"),
    ],
)
def test_what_is_not_read_is_named(others, reason):
    with pytest.raises(ValueError, match=reason):
        decode_tiff(write(gray_tags(**others), bytes(12)))


def test_a_missing_strip_is_refused():
    content = bytearray(write(gray_tags(), bytes(12)))
    at = content.index(struct.pack("<HHII", 279, 4, 1, 12))
    content[at + 8 : at + 12] = bytes(4)
    with pytest.raises(ValueError, match="damaged"):
        decode_tiff(bytes(content))


def test_several_pages_are_refused_and_a_thumbnail_behind_is_not():
    pages = [Image.fromarray(PIXELS), Image.fromarray(PIXELS[:32, :48])]
    file = io.BytesIO()
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
    with pytest.raises(ValueError, match="more than one picture"):
        decode_tiff(file.getvalue())
    first = write(gray_tags(), bytes(range(12)))
    second = write(gray_tags(t254=1), b"")[8:]
    # The second directory's data are never read.
    linked = bytearray(first + second)
    place = first.index(bytes(range(12))) - 4
    linked[place : place + 4] = struct.pack("<I", len(first))
    assert decode_tiff(bytes(linked)).rgb().shape == (3, 4, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(orientation):
    data = bytes(range(12))
    stored = np.frombuffer(data, np.uint8).reshape(3, 4)
    for bits, content in ((8, data), (16, bytes(24))):
        read = decode_tiff(
            write(gray_tags(t274=orientation, t258=bits), content)
        )
        expected = upright(stored, orientation)
        assert read.pixels.shape[:2] == expected.shape
        if bits == 8:
            np.testing.assert_array_equal(read.pixels[..., 0], expected)


def test_transparent_samples_become_black():
    pixels = np.dstack([PIXELS, PIXELS[..., 0]])
    read = decode_tiff(tiff(pixels)).rgb()
    expected = (PIXELS * pixels[..., 3:].astype(int) + 127) // 255
    np.testing.assert_array_equal(read, expected)


def test_bigtiff_is_read():
    content = tiff(big_tiff=True)
    assert content[2] == 43
    np.testing.assert_array_equal(decode_file(content).rgb(), PIXELS)


def test_a_damaged_header_of_bigtiff_is_refused():
    content = bytearray(tiff(big_tiff=True))
    content[6] = 19
    with pytest.raises(ValueError, match="damaged"):
        decode_file(bytes(content))
