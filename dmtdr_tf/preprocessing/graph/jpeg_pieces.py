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
    index = tf.range(tf.size(segments.markers))
    needed = (index == frame.segment) | (
        (segments.markers == _DHT)
        | (segments.markers == _DRI)
        | (segments.markers == _SOS)
    )
    heads = tf.boolean_mask(index, needed)
    head_starts = tf.gather(segments.starts, heads) - 4
    head_ends = tf.gather(segments.ends, heads)
    head_scan = tf.where(
        tf.gather(segments.markers, heads) == _SOS,
        tf.searchsorted(scans.segment, heads),
        -1,
    )
    scan_index = tf.range(tf.size(scans.segment))
    # A restart ends one piece of data and begins another.
    first = tf.gather(segments.ends, scans.segment)
    last = tf.gather(segments.scan_ends, scans.segment)
    data_starts = tf.sort(tf.concat([first, restarts + 2], 0))
    data_ends = tf.sort(tf.concat([last, restarts], 0))
    data_scan = tf.sort(tf.concat([scan_index, owner], 0))
    starts = tf.concat([head_starts, data_starts, restarts], 0)
    ends = tf.concat([head_ends, data_ends, restarts + 2], 0)
    order = tf.argsort(tf.concat([head_starts, data_starts, restarts], 0))
    scan = tf.concat([head_scan, data_scan, owner], 0)
    is_data = (tf.range(tf.size(starts)) >= tf.size(head_starts)) & (
        tf.range(tf.size(starts)) < tf.size(head_starts) + tf.size(data_starts)
    )
    texts = tf.strings.substr(
        tf.fill(tf.shape(starts), content), starts, ends - starts
    )
    at_frame = starts == segments.starts[frame.segment] - 4
    texts = tf.where(at_frame, _enlarged(texts, frame, scans), texts)
    is_table = tf.concat(
        [
            tf.gather(segments.markers, heads) == _DHT,
            tf.zeros([tf.size(starts) - tf.size(heads)], tf.bool),
        ],
        0,
    )
    where = tf.where(is_table)
    tables = fill_tables(tf.gather(texts, where[:, 0]))
    filled = tf.tensor_scatter_nd_update(texts, where, tables)
    return Pieces(
        tf.gather(texts, order),
        tf.gather(filled, order),
        tf.gather(scan, order),
        tf.gather(is_data, order),
    )


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
