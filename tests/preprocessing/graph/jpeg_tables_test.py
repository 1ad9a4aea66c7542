"""Tests of Huffman tables without an unused code, in graph."""

import pytest
import tensorflow as tf
from fixtures.photograph_files import jpeg

from dmtdr_tf.preprocessing.decoding.jpeg_tables import fill_codes
from dmtdr_tf.preprocessing.graph.jpeg_tables import fill_tables


def segments(content):
    """The DHT segments of a JPEG file, whole."""
    found, at = [], 0
    while (at := content.find(b"\xff\xc4", at)) >= 0:
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        found.append(content[at : at + 2 + length])
        at += 2 + length
    return found


@pytest.mark.parametrize("options", [{}, {"optimize": True}])
def test_the_same_codes_are_filled_as_in_python(options):
    tables = segments(jpeg(**options))
    assert tables
    filled = fill_tables(tf.constant(tables)).numpy()
    for table, answer in zip(tables, filled, strict=True):
        expected = fill_codes(table[4:])
        assert int.from_bytes(answer[2:4], "big") == len(answer) - 2
        # The symbol is another one there.
        assert len(answer) - 4 == len(expected)
        assert answer[4:21] == expected[:17]


def test_a_damaged_segment_stays():
    table = segments(jpeg())[0]
    damaged = b"\xff\xc4" + (len(table) - 12).to_bytes(2, "big") + table[4:-10]
    (answer,) = fill_tables(tf.constant([damaged])).numpy()
    assert answer == damaged
