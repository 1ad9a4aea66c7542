"""The page's check of a file under Node equals Python's."""

import io
import json
import struct
import zlib

import numpy as np
import pytest
from exporting.web.node import NODE, run_node
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

pytestmark = pytest.mark.skipif(not NODE, reason="Node.js is not installed")

KINDS = (
    {},
    {"progressive": True},
    {"restart_marker_blocks": 4},
    {"progressive": True, "restart_marker_rows": 1},
    {"subsampling": 0, "optimize": True, "quality": 99},
    {"progressive": True, "subsampling": 1},
)
ROWS = [row.tobytes() for row in picture(6, 8)]


def check(contents):
    """What the page says of files: the reason or "", and the orientation."""
    packed = b"".join(struct.pack("<I", len(one)) + one for one in contents)
    return json.loads(run_node("check_files.js", packed))


def python_reason(content):
    try:
        decode_file(content).rgb()
    except ValueError as error:
        return str(error)
    return ""


def test_jpeg_files_are_refused_where_python_refuses_them():
    rng = np.random.default_rng(0)
    contents, wholes = [], []
    for options in KINDS:
        for pixels in (picture(120, 161), picture(33, 70)[..., 0]):
            whole = jpeg(pixels, **options)
            wholes.append(whole)
            contents += [whole, *damaged_jpegs(whole).values()]
            for _ in range(20):
                at = int(rng.integers(scan_start(whole), len(whole) - 2))
                content = bytearray(whole)
                content[at] ^= 1 << int(rng.integers(8))
                contents.append(bytes(content))
    refused = 0
    for content, (answer, _) in zip(contents, check(contents), strict=True):
        reason = python_reason(content)
        # The page does not look at the pixels.
        if reason and "is shifted" not in reason:
            refused += 1
            assert answer
        elif answer:
            # libjpeg does not report fewer bytes than it reads ahead.
            assert answer == "the JPEG file is damaged; copy it again"
            assert content not in wholes
    assert refused > 60


def test_png_files_are_refused_where_python_refuses_them():
    raw = b"".join(b"\0" + row for row in ROWS)
    contents = [
        png(8, 6, 8, 2, ROWS),
        png(8, 6, 8, 2, [], data=zlib.compress(raw[:-1])),
        png(8, 6, 8, 2, [], data=zlib.compress(raw + b"\0")),
        png(8, 6, 8, 2, [], data=zlib.compress(raw)[:-2]),
        png(8, 6, 8, 2, ROWS, chunk(b"acTL", bytes(8))),
        png(8, 6, 8, 2, ROWS) * 2,
        png(8, 6, 8, 2, ROWS) + b"trailing",
        png(100, 1, 8, 0, [bytes(100)]),
    ]
    for at in range(8, len(contents[0])):
        damaged = bytearray(contents[0])
        damaged[at] ^= 16
        contents.append(bytes(damaged))
    answers = [reason for reason, _ in check(contents)]
    for content, answer in zip(contents, answers, strict=True):
        assert bool(answer) == bool(python_reason(content))


def _saved(kind, pixels=None, **options):
    file = io.BytesIO()
    image = Image.fromarray(picture() if pixels is None else pixels)
    image.save(file, kind, **options)
    return file.getvalue()


def test_webp_and_bmp_files_are_refused_where_python_refuses_them():
    gray = picture()[..., 0]
    wholes = [
        _saved("WEBP", lossless=True),
        _saved("WEBP", quality=80, exif=b"Exif\0\0" + exif(6)),
        _saved("BMP"),
        _saved("BMP", gray),
        _saved("BMP", gray > 90),
    ]
    strip = np.zeros((10, 50, 3), np.uint8)
    frames = [Image.fromarray(gray), Image.fromarray(255 - gray)]
    contents = [
        *wholes,
        *(one + jpeg() for one in wholes),
        *(one + b"trailing" for one in wholes),
        *(_saved(kind, strip) for kind in ("WEBP", "BMP")),
        _saved("WEBP", save_all=True, append_images=frames),
        b"BM",
        b"RIFF\xff\0\0\0WEBP",
    ]
    for one in wholes:
        contents += [one[: len(one) * part // 10] for part in range(1, 10)]
        # The page does not look at the pixels, which follow.
        for at in range(min(len(one), 34)):
            damaged = bytearray(one)
            damaged[at] ^= 64
            contents.append(bytes(damaged))
    refused = 0
    for content, (answer, _) in zip(contents, check(contents), strict=True):
        reason = python_reason(content)
        refused += bool(answer)
        if answer:
            assert reason
        elif reason:
            # It is the decoder's to say, here and in the browser.
            assert "of a kind we cannot decode" in reason
    assert refused > 80


def test_bombs_are_refused_by_their_header():
    webp, bmp = bytearray(_saved("WEBP")), bytearray(_saved("BMP"))
    at = webp.index(b"\x9d\x01\x2a") + 3
    webp[at : at + 4] = struct.pack("<HH", 16_000, 16_000)
    bmp[18:26] = struct.pack("<ii", 40_000, -40_000)
    for reason, _ in check([bytes(webp), bytes(bmp)]):
        assert "100 megapixels" in reason


def test_orientation_of_jpeg_and_webp_is_left_to_the_page():
    blocks = [exif(n, ">") for n in range(1, 9)]
    jpegs = [jpeg(exif=b"Exif\0\0" + block) for block in blocks]
    webps = [_saved("WEBP", exif=block) for block in blocks]
    assert [one for _, one in check(jpegs)] == list(range(1, 9))
    assert [one for _, one in check(webps)] == list(range(1, 9))
    assert check([jpeg(exif=b"Exif\0\0" + exif(9))]) == [["", 1]]


def test_orientation_of_png_is_left_to_the_page_and_others_are_named():
    contents = [
        png(8, 6, 8, 2, ROWS, chunk(b"eXIf", exif(n, ">"))) for n in range(1, 9)
    ]
    assert [one for _, one in check(contents)] == list(range(1, 9))
    several = jpeg() + jpeg()
    (empty, _), (words, _), (two, _) = check([b"", b"II*\0....", several])
    assert empty == "the file is empty"
    assert "JPEG, PNG, WebP or BMP photograph; TIFF and other" in words
    assert "more than one picture" in two


def test_real_photographs_are_accepted(idrid):
    files = sorted(idrid.rglob("*.jpg"))
    contents = [file.read_bytes() for file in files[:: len(files) // 6]]
    assert {reason for reason, _ in check(contents)} == {""}
