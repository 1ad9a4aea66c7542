"""Tests of JPEG headers that are refused before anything is decoded."""

import pytest
from fixtures.photograph_files import jpeg

from dmtdr_tf.preprocessing.decoding.jpeg_segments import parse_jpeg

WHOLE = jpeg()
FRAME = WHOLE.index(b"\xff\xc0")
SCAN = WHOLE.index(b"\xff\xda")


def changed(at, content):
    return WHOLE[:at] + content + WHOLE[at + len(content) :]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xd8" + 2000 * b"\xff\xfe\0\2", "is damaged"),
        (WHOLE[:FRAME] + b"\xff\xe0\xff\xff", "is cut short"),
        (b"\xff\xd8" + 50 * b"\0", "is cut short"),
        (WHOLE[:FRAME] + 2 * WHOLE[FRAME:SCAN] + WHOLE[SCAN:], "is damaged"),
        (changed(FRAME + 5, b"\0\0"), "does not say its height"),
        (changed(FRAME + 4, b"\x0c"), "of 12 bits"),
        (changed(FRAME + 1, b"\xc9"), "with arithmetic coding"),
        (changed(FRAME + 1, b"\xc3"), "lossless"),
        (changed(FRAME + 9, b"\4"), "of CMYK colors"),
        (changed(FRAME + 9, b"\2"), "of unknown colors"),
        (changed(SCAN + 4, b"\1"), "is damaged"),
        (WHOLE[:FRAME] + WHOLE[SCAN:], "is damaged"),
    ],
)
def test_a_wrong_header_is_one_reason(content, reason):
    with pytest.raises(ValueError, match=reason):
        parse_jpeg(content)


def test_markers_without_a_length_are_passed_over():
    file, end = parse_jpeg(WHOLE[:FRAME] + b"\xff\x01" + WHOLE[FRAME:])
    assert (file.width, file.height) == (77, 50)
    assert end == len(WHOLE) + 2
