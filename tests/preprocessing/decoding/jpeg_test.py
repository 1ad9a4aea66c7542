"""JPEG files: what libjpeg reports of their data is refused."""

import io

import cv2
import numpy as np
import pytest
from fixtures.photograph_files import (
    damaged_jpegs,
    exif,
    jpeg,
    picture,
    scan_start,
)
from PIL import Image

from dmtdr_tf.preprocessing.decoding.decoders import decode_file
from dmtdr_tf.preprocessing.decoding.jpeg import check_jpeg, decode_jpeg

KINDS = {
    "baseline": {},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 4},
    "progressive with restarts": {
        "progressive": True,
        "restart_marker_rows": 1,
    },
    "full color": {"subsampling": 0, "optimize": True},
}


def lenient(content):
    """What a decoder makes of it that reports nothing."""
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
def test_an_intact_file_has_opencv_s_pixels(options):
    content = jpeg(**options)
    np.testing.assert_array_equal(decode_jpeg(content).rgb(), lenient(content))


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
def test_damage_is_refused(options):
    for name, content in damaged_jpegs(
        jpeg(picture(200, 300), **options)
    ).items():
        with pytest.raises(ValueError, match="damaged|cut short"):
            decode_jpeg(content)
            pytest.fail(name)


@pytest.mark.parametrize("subsampling", [0, 2])
def test_codes_that_no_table_has_are_refused(subsampling):
    # JPEG forbids the code of sixteen ones, and libjpeg's fast path passes it.
    content = jpeg(picture(400, 600), subsampling=subsampling)
    at = (scan_start(content) + len(content)) // 2
    while 0xFF in content[at - 1 : at + 9]:
        at += 1
    damaged = content[:at] + b"\xff\0" * 4 + content[at + 8 :]
    with pytest.raises(ValueError, match="bad Huffman code"):
        decode_jpeg(damaged)


def test_a_file_of_more_steps_than_a_restart_interval_is_read_and_checked():
    content = jpeg(np.tile(picture(230, 300), (10, 7, 1)), subsampling=0)
    file = check_jpeg(content)
    assert file.filled
    assert not check_jpeg(jpeg(picture(230, 300), subsampling=0)).filled
    np.testing.assert_array_equal(decode_jpeg(content).rgb(), lenient(content))


def test_a_gray_file_is_repeated():
    content = jpeg(picture()[..., 0])
    np.testing.assert_array_equal(decode_jpeg(content).rgb(), lenient(content))


def _insert(content, marker, segment):
    at = content.index(marker)
    return content[:at] + segment + content[at:]


def test_warnings_about_the_header_are_harmless_and_hide_nothing():
    content = jpeg(picture(200, 300))
    harmless = _insert(content, b"\xff\xdb", b"junk\xff\0")
    np.testing.assert_array_equal(
        decode_jpeg(harmless).pixels, decode_jpeg(content).pixels
    )
    # An Adobe segment that is too short, a JFIF version of the future.
    for other in (
        _insert(content, b"\xff\xdb", b"\xff\xee\0\x09Adobe\0d"),
        content.replace(b"JFIF\0\1", b"JFIF\0\7"),
        # Some programs leave the scan's range zero, which decoders ignore.
        content.replace(b"\x11\x03\x11\0\x3f\0", b"\x11\x03\x11\0\0\0"),
    ):
        assert other != content
        np.testing.assert_array_equal(
            decode_jpeg(other).pixels, decode_jpeg(content).pixels
        )
    for damaged in damaged_jpegs(harmless).values():
        with pytest.raises(ValueError, match="damaged|cut short"):
            decode_jpeg(damaged)


def test_bytes_before_the_end_marker_are_damage_and_fill_bytes_are_not():
    content = jpeg(picture(200, 300))
    filled = content[:-2] + b"\xff\xff" + content[-2:]
    np.testing.assert_array_equal(
        decode_jpeg(filled).pixels, decode_jpeg(content).pixels
    )
    for rest in (bytes(20), b"\x12\x34" * 10):
        with pytest.raises(ValueError, match="extraneous bytes"):
            decode_jpeg(content[:-2] + rest + content[-2:])


def test_a_progressive_file_without_its_last_scans_is_cut_short():
    content = jpeg(picture(200, 300), progressive=True)
    scans = [
        at for at in range(len(content)) if content[at : at + 2] == b"\xff\xda"
    ]
    for at in scans[1:]:
        # The tables before a scan do no harm.
        with pytest.raises(ValueError, match="cut short"):
            decode_jpeg(content[:at] + b"\xff\xd9")


def test_restart_markers_out_of_order_are_refused():
    content = jpeg(picture(200, 300), restart_marker_blocks=4)
    at = content.index(b"\xff\xd2", scan_start(content))
    with pytest.raises(ValueError, match="damaged"):
        decode_jpeg(content[: at + 1] + b"\xd5" + content[at + 2 :])


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("orientation", range(10))
def test_orientation_is_opencv_s(orientation, order):
    block = b"Exif\0\0" + exif(orientation, order)
    content = jpeg(exif=block)
    np.testing.assert_array_equal(decode_jpeg(content).rgb(), lenient(content))


@pytest.mark.parametrize(
    ("marker", "depth", "reason"),
    [
        (0xC0, 12, "of 12 bits"),
        (0xC3, 8, "lossless"),
        (0xC9, 8, "arithmetic"),
    ],
)
def test_other_processes_are_named(marker, depth, reason):
    content = bytearray(jpeg())
    at = content.index(b"\xff\xc0")
    content[at + 1], content[at + 4] = marker, depth
    with pytest.raises(ValueError, match=reason):
        decode_file(bytes(content))


def test_print_colors_are_named():
    file = io.BytesIO()
    Image.fromarray(picture()).convert("CMYK").save(file, "JPEG")
    with pytest.raises(ValueError, match="CMYK"):
        decode_file(file.getvalue())


def test_several_pictures_are_refused_and_other_bytes_behind_are_not():
    content = jpeg()
    assert decode_jpeg(content + b"\0\0trailing\xff").pixels.shape
    for second in (content, b"\0\0" + content, b"\x89PNG\r\n\x1a\n..."):
        with pytest.raises(ValueError, match="more than one picture"):
            decode_jpeg(content + second)
    # The index of a multi-picture file, with two pictures.
    entry = b"\xb0\1\0\4\0\0\0\1\0\0\0\2"
    index = b"MPF\0MM\0*\0\0\0\x08\0\1" + entry + bytes(4)
    segment = b"\xff\xe2" + (len(index) + 2).to_bytes(2, "big") + index
    with pytest.raises(ValueError, match="more than one picture"):
        decode_jpeg(_insert(content, b"\xff\xdb", segment))


def test_the_shape_is_checked_before_the_data():
    content = bytearray(jpeg())
    at = content.index(b"\xff\xc0") + 5
    for size, reason in (
        (b"\xff\xff\xff\xff", "megapixels"),
        (b"\0\x10\xff\xdc", "a strip, not a photograph"),
        (b"\xff\xdc\0\x10", "a strip, not a photograph"),
        (b"\0\x10\0\0", "has no size"),
    ):
        content[at : at + 4] = size
        with pytest.raises(ValueError, match=reason):
            check_jpeg(bytes(content))


def test_a_thousand_scans_are_refused():
    content = jpeg(progressive=True)
    at = content.index(b"\xff\xda")
    scan = content[at : content.index(b"\xff", at + 20)]
    with pytest.raises(ValueError, match="more than 32 scans"):
        check_jpeg(content[:at] + scan * 40 + content[at:])


def test_real_photographs_have_opencv_s_pixels(idrid):
    files = sorted(idrid.rglob("*.jpg"))
    for file in files[:: len(files) // 6]:
        content = file.read_bytes()
        np.testing.assert_array_equal(
            decode_jpeg(content).rgb(), lenient(content)
        )
