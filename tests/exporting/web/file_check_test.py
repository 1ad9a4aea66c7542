"""The page's check of a file under Node equals Python's."""

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


def test_orientation_of_png_is_left_to_the_page_and_others_are_named():
    contents = [
        png(8, 6, 8, 2, ROWS, chunk(b"eXIf", exif(n, ">"))) for n in range(1, 9)
    ]
    assert [one for _, one in check(contents)] == list(range(1, 9))
    several = jpeg() + jpeg()
    (empty, _), (words, _), (two, _) = check([b"", b"II*\0....", several])
    assert empty == "the file is empty"
    assert "TIFF, WebP, BMP" in words
    assert "more than one picture" in two


def test_real_photographs_are_accepted(idrid):
    files = sorted(idrid.rglob("*.jpg"))
    contents = [file.read_bytes() for file in files[:: len(files) // 6]]
    assert {reason for reason, _ in check(contents)} == {""}
