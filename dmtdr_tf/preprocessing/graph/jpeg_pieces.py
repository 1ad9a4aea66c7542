"""A JPEG file's pieces, to be put together in other ways, in graph."""

from typing import NamedTuple

import tensorflow as tf

from dmtdr_tf.preprocessing.graph.jpeg_layout import Frame, Scans
from dmtdr_tf.preprocessing.graph.jpeg_segments import Segments
from dmtdr_tf.preprocessing.graph.jpeg_tables import BYTES, fill_tables

__all__ = ["Pieces", "cut_up"]

_DHT, _DRI, _SOS = 0xC4, 0xDD, 0xDA


class Pieces(NamedTuple):
    """The file's pieces that a decoder needs, in their order.

    Args:
        texts: Strings `[P]`.
        filled: Strings `[P]`, the same with tables whose every code shows.
        scan: int32 `[P]`, the scan that each belongs to, or -1.
        is_data: Boolean `[P]`, whether it is coded data.
    """

    texts: tf.Tensor
    filled: tf.Tensor
    scan: tf.Tensor
    is_data: tf.Tensor


def cut_up(
    content: tf.Tensor,
    segments: Segments,
    frame: Frame,
    scans: Scans,
    restarts: tf.Tensor,
    owner: tf.Tensor,
) -> Pieces:
    """Cuts out frame, tables and scans, whose data end at each restart.

    Args:
        content: A scalar string, the file.
        segments: Its segments.
        frame: Its frame.
        scans: Its scans.
        restarts: int32 `[R]`, where the scans' restart markers are.
        owner: int32 `[R]`, the scan of each.

    Returns:
        The pieces. The frame's sides go up to whole blocks.
    """
    heads = _heads(segments, frame)
    head_starts = tf.gather(segments.starts, heads) - 4
    head_markers = tf.gather(segments.markers, heads)
    head_scan = tf.where(
        head_markers == _SOS, tf.searchsorted(scans.segment, heads), -1
    )
    data_starts, data_ends, data_scan = _data(segments, scans, restarts, owner)
    starts = tf.concat([head_starts, data_starts, restarts], 0)
    ends = tf.concat(
        [tf.gather(segments.ends, heads), data_ends, restarts + 2], 0
    )
    texts = tf.strings.substr(
        tf.fill(tf.shape(starts), content), starts, ends - starts
    )
    at_frame = starts == segments.starts[frame.segment] - 4
    texts = tf.where(at_frame, _enlarged(texts, frame, scans), texts)
    is_data = tf.concat(
        [
            tf.zeros_like(heads, tf.bool),
            tf.ones_like(data_starts, tf.bool),
            tf.zeros_like(restarts, tf.bool),
        ],
        0,
    )
    order = tf.argsort(starts)
    return Pieces(
        tf.gather(texts, order),
        tf.gather(_filled(texts, tf.where(head_markers == _DHT)), order),
        tf.gather(tf.concat([head_scan, data_scan, owner], 0), order),
        tf.gather(is_data, order),
    )


def _heads(segments: Segments, frame: Frame) -> tf.Tensor:
    """The numbers of the segments that a decoder needs."""
    index = tf.range(tf.size(segments.markers))
    needed = (index == frame.segment) | (
        (segments.markers == _DHT)
        | (segments.markers == _DRI)
        | (segments.markers == _SOS)
    )
    return tf.boolean_mask(index, needed)


def _data(
    segments: Segments, scans: Scans, restarts: tf.Tensor, owner: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Start, end and scan of the data between restarts."""
    first = tf.gather(segments.ends, scans.segment)
    last = tf.gather(segments.scan_ends, scans.segment)
    scan = tf.range(tf.size(scans.segment))
    # A restart ends one piece of data and begins another.
    return (
        tf.sort(tf.concat([first, restarts + 2], 0)),
        tf.sort(tf.concat([last, restarts], 0)),
        tf.sort(tf.concat([scan, owner], 0)),
    )


def _filled(texts: tf.Tensor, tables: tf.Tensor) -> tf.Tensor:
    """The texts with all codes of the Huffman tables in use.

    Args:
        texts: The pieces.
        tables: int64 `[T, 1]`, which of them are tables.
    """
    filled = fill_tables(tf.gather(texts, tables[:, 0]))
    return tf.tensor_scatter_nd_update(texts, tables, filled)


def _enlarged(texts: tf.Tensor, frame: Frame, scans: Scans) -> tf.Tensor:
    """The frame's header with sides up to whole blocks, so that all show.

    Several scans code the blocks of single components, of which there are
    more in sides up to whole squares of all components.
    """
    alone = tf.size(scans.segment) == 1
    sides = []
    for side, factors in (
        (frame.height, frame.vertical),
        (frame.width, frame.horizontal),
    ):
        gray = frame.components[1] < 0
        unit = tf.where(alone & ~gray, 8 * tf.reduce_max(factors), 8)
        sides.append(-(-side // unit) * unit)
    size = tf.stack([sides[0] // 256, sides[0], sides[1] // 256, sides[1]])
    header = tf.strings.reduce_join(tf.gather(tf.constant(BYTES), size % 256))
    # Marker, length and depth before it, the components behind.
    length = tf.strings.length(texts)
    before, behind = tf.minimum(length, 5), tf.minimum(length, 9)
    return tf.strings.join(
        [
            tf.strings.substr(texts, tf.zeros_like(before), before),
            header,
            tf.strings.substr(texts, behind, length - behind),
        ]
    )
