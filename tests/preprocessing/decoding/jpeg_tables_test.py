"""Tests of Huffman tables without an unused code."""

import numpy as np
import pytest
import simplejpeg
from fixtures.photograph_files import jpeg, scan_start

from dmtdr_tf.exporting.saved_model.warm_up import draw_eye
from dmtdr_tf.preprocessing.decoding.jpeg import decode_jpeg
from dmtdr_tf.preprocessing.decoding.jpeg_segments import parse_jpeg
from dmtdr_tf.preprocessing.decoding.jpeg_tables import fill_codes


def test_fills_what_a_table_leaves():
    # Codes 0 and 10 are used; 11 begins a quarter of all codes.
    table = b"\0" + bytes([1, 1] + 14 * [0]) + b"\3\4"
    filled = fill_codes(table)
    assert filled[:1] + filled[1:3] == b"\0\1\1"
    assert filled[16] == 254
    assert filled[17:] == b"\3\4" + 254 * b"\5"


def test_a_full_or_damaged_table_stays():
    full = b"\0" + bytes([1, 1, 2] + 13 * [0]) + b"\1\2\3\4"
    for table in (full, b"", b"\0\1", full[:-1]):
        assert fill_codes(table) == table


@pytest.mark.parametrize("options", [{}, {"optimize": True}])
def test_an_intact_file_is_the_same_picture(options):
    # Larger than libjpeg can be made to check by itself.
    eyes = np.tile(draw_eye(320), (7, 7, 1))
    file, _ = parse_jpeg(jpeg(eyes, subsampling=0, **options))
    assert file.filled
    assert file.filled != file.clean
    np.testing.assert_array_equal(
        simplejpeg.decode_jpeg(file.filled), simplejpeg.decode_jpeg(file.clean)
    )


def test_finds_codes_that_libjpeg_passes_over():
    content = jpeg(draw_eye(320))
    start, size = scan_start(content), 64
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(300):
        damaged = bytearray(content)
        places = rng.integers(0, (len(content) - start) // size - 1, 2) * size
        one, other = (slice(start + p, start + p + size) for p in places)
        damaged[one], damaged[other] = content[other], content[one]
        try:
            simplejpeg.decode_jpeg(bytes(damaged))
        except ValueError:
            continue
        try:
            decode_jpeg(bytes(damaged))
        except ValueError as error:
            found += "bad Huffman code" in str(error)
    assert found >= 2
