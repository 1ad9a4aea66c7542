"""Whether a JPEG file's coded data fit its picture, in graph.

TensorFlow's decoder ignores what libjpeg reports. Each scan is decoded in
three versions, with tables that show every coefficient: as it is, with more
data behind it, and with its last byte replaced. An intact scan looks the same
with more data and another with a changed end; a scan that lacks data reads
the added ones, and one that has too many does not read its end.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from dmtdr_tf.preprocessing.graph.jpeg_layout import Frame, Scans
from dmtdr_tf.preprocessing.graph.jpeg_segments import (
    CUT_SHORT,
    DAMAGED,
    Segments,
)
from dmtdr_tf.preprocessing.graph.require import require

__all__ = ["require_whole_scans"]

_DHT, _DRI, _SOS = 0xC4, 0xDD, 0xDA
_START = b"\xff\xd8"
_END = b"\xff\xd9"
# Components as they are stored, so that no sum of colors hides one.
_AS_STORED = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0"
# Fine enough for black and white at the highest quality, coarse enough for a
# single coefficient to be seen; a scan that refines brings single bits.
_MEAN_STEP, _REFINED_MEAN_STEP, _DETAIL_STEP = 2, 64, 16
_FILLER_BYTES = 256
# A changed end may mean the same as the old one; then another is tried.
_TRIES = 12
_BYTES = [bytes([value]) for value in range(256)]


class _Pieces(NamedTuple):
    """The file's pieces that a decoder needs, in their order.

    Attributes:
        texts: Strings `[P]`.
        scan: int32 `[P]`, the scan that each belongs to, or -1.
        is_data: Boolean `[P]`, whether it is coded data.
    """

    texts: tf.Tensor
    scan: tf.Tensor
    is_data: tf.Tensor


def require_whole_scans(
    content: tf.Tensor, segments: Segments, frame: Frame, scans: Scans
) -> tf.Tensor:
    """Passes a JPEG file on if its decoder would report nothing.

    Args:
        content: A scalar string, the file.
        segments: Its segments.
        frame: Its frame.
        scans: Its scans.

    Returns:
        The file. The graph raises `InvalidArgumentError` if a scan or a
        restart interval has too few or too many data, or if restart markers
        are missing or out of order.
    """
    starts = tf.gather(segments.ends, scans.segment)
    stops = tf.gather(segments.scan_ends, scans.segment)
    restarts, owner = _restarts_in_scans(segments.restarts, starts, stops)
    cells = _cells(frame, scans)
    content = require(
        content, _in_order(segments, restarts, owner, scans, cells), DAMAGED
    )
    pieces = _pieces(content, segments, frame, scans, restarts, owner)
    content = require(
        content,
        tf.reduce_all(~pieces.is_data | (tf.strings.length(pieces.texts) > 0)),
        CUT_SHORT,
    )

    def check(index: tf.Tensor, whole: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return index + 1, _is_whole(pieces, frame, scans, cells, index)

    _, whole = tf.while_loop(
        lambda index, whole: whole & (index < tf.size(scans.segment)),
        check,
        [0, tf.constant(True)],
        parallel_iterations=1,
    )
    return require(content, whole, DAMAGED)


def _restarts_in_scans(
    places: tf.Tensor, starts: tf.Tensor, stops: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """The restart markers among coded data, and the scan of each."""
    owner = tf.searchsorted(starts, places, side="right") - 1
    inside = (owner >= 0) & (places < tf.gather(stops, tf.maximum(owner, 0)))
    return tf.boolean_mask(places, inside), tf.boolean_mask(owner, inside)


def _cells(frame: Frame, scans: Scans) -> tf.Tensor:
    """Height and width of what a scan codes at a time, and how many: `[K, 4]`.

    A scan of several components codes squares of all of them, a scan of one
    its blocks.
    """
    members = tf.cast(scans.members, tf.int32)
    alone = tf.reduce_sum(members, 1) == 1
    sides = []
    for factors in (frame.vertical, frame.horizontal):
        own = tf.reduce_sum(members * factors, 1)
        side = 8 * tf.reduce_max(factors)
        sides.append(tf.where(alone, side // tf.maximum(own, 1), side))
    rows = -(-frame.height // sides[0])
    columns = -(-frame.width // sides[1])
    return tf.stack([*sides, rows, columns], 1)


def _in_order(
    segments: Segments,
    restarts: tf.Tensor,
    owner: tf.Tensor,
    scans: Scans,
    cells: tf.Tensor,
) -> tf.Tensor:
    """Whether each scan has its restart markers, numbered 0 to 7 in turn."""
    count = cells[:, 2] * cells[:, 3]
    interval = tf.where(scans.interval > 0, scans.interval, count)
    expected = (count - 1) // interval
    found = tf.math.bincount(
        owner, minlength=tf.size(count), maxlength=tf.size(count)
    )
    first = tf.searchsorted(owner, owner)
    turn = (tf.range(tf.size(owner)) - first) % 8
    numbers = tf.cast(tf.gather(segments.data, restarts + 1), tf.int32) % 8
    return tf.reduce_all(found == expected) & tf.reduce_all(numbers == turn)


def _pieces(
    content: tf.Tensor,
    segments: Segments,
    frame: Frame,
    scans: Scans,
    restarts: tf.Tensor,
    owner: tf.Tensor,
) -> _Pieces:
    """Frame, tables and scans; their data in pieces between restarts."""
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
    return _Pieces(
        tf.gather(texts, order),
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
    header = tf.strings.reduce_join(tf.gather(tf.constant(_BYTES), size % 256))
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


def _is_whole(
    pieces: _Pieces,
    frame: Frame,
    scans: Scans,
    cells: tf.Tensor,
    index: tf.Tensor,
) -> tf.Tensor:
    """Whether one scan has the data that it needs, and no more."""
    needed = _needed(pieces, scans, index)
    texts = tf.boolean_mask(pieces.texts, needed)
    is_end = tf.boolean_mask(pieces.is_data & (pieces.scan == index), needed)
    tables = _tables(scans, index)
    with_more = tf.strings.join([texts, tf.where(is_end, _filler(0), "")])
    plain = _decode(tables, texts)
    enough = ~tf.reduce_any(plain != _decode(tables, with_more))
    intervals = tf.reduce_sum(tf.cast(is_end, tf.int32))

    def attempt(
        count: tf.Tensor, differs: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        ended = tf.where(is_end, _with_another_end(texts, count), texts)
        changed = plain != _decode(tables, ended)
        shown = tf.cond(
            intervals == 1,
            lambda: tf.reduce_any(changed)[None],
            lambda: _by_interval(changed, cells[index], scans.interval[index]),
        )
        return count + 1, differs | shown

    _, differs = tf.while_loop(
        lambda count, differs: (
            enough & (count < _TRIES) & ~tf.reduce_all(differs)
        ),
        attempt,
        [0, tf.zeros([intervals], tf.bool)],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
        parallel_iterations=1,
    )
    return enough & tf.reduce_all(differs)


def _needed(pieces: _Pieces, scans: Scans, index: tf.Tensor) -> tf.Tensor:
    """Tables, the scan, and earlier ones of the same coefficients."""
    shared = tf.reduce_any(scans.members & scans.members[index], 1)
    shared &= scans.first <= scans.last[index]
    shared &= scans.last >= scans.first[index]
    shared &= tf.range(tf.size(scans.first)) <= index
    is_table = pieces.scan < 0
    return is_table | tf.gather(shared, tf.maximum(pieces.scan, 0))


def _tables(scans: Scans, index: tf.Tensor) -> tf.Tensor:
    """The file's beginning, with four quantization tables of ours."""
    step = tf.where(scans.refines[index], _REFINED_MEAN_STEP, _MEAN_STEP)
    details = bytes([_DETAIL_STEP]) * 63
    parts: list[tf.Tensor] = [
        tf.constant(_START + _AS_STORED + b"\xff\xdb\1\x06")
    ]
    for table in range(4):
        parts += [bytes([table]), tf.gather(tf.constant(_BYTES), step), details]
    return tf.strings.join(parts)


def _decode(tables: tf.Tensor, texts: tf.Tensor) -> tf.Tensor:
    content = tf.strings.join([tables, tf.strings.reduce_join(texts), _END])
    return tf.io.decode_jpeg(
        content, 3, fancy_upscaling=False, dct_method="INTEGER_ACCURATE"
    )


def _filler(seed: int) -> bytes:
    """Bytes like coded data; without FF, which begins a marker."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 255, _FILLER_BYTES, np.uint8).tobytes()


def _with_another_end(texts: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """Data whose last byte, and therefore its first bit, is another."""
    length = tf.strings.length(texts)
    ends = tf.strings.substr(
        texts, tf.maximum(length - 2, 0), tf.minimum(length, 2)
    )
    is_stuffed = ends == b"\xff\0"
    kept = tf.maximum(length - tf.where(is_stuffed, 2, 1), 0)
    last = tf.strings.substr(texts, kept, tf.minimum(length, 1))
    value = tf.cast(tf.io.decode_raw(last, tf.uint8, fixed_length=2), tf.int32)
    patterns = np.random.default_rng(1).integers(0, 127, _TRIES, np.int32)
    patterns[0] = 0
    # Never FF: the patterns end below it.
    other = (value[:, 0] // 128 * 128 + 128) % 256 + tf.constant(patterns)[
        count
    ]
    fillers = tf.constant([_filler(2 + one) for one in range(_TRIES)])
    return tf.strings.join(
        [
            tf.strings.substr(texts, tf.zeros_like(kept), kept),
            tf.gather(tf.constant(_BYTES), other),
            tf.fill(tf.shape(texts), fillers[count]),
        ]
    )


def _by_interval(
    changed: tf.Tensor, cell: tf.Tensor, interval: tf.Tensor
) -> tf.Tensor:
    """Whether each restart interval has a changed pixel."""
    height, width, rows, columns = tf.unstack(cell)
    changed = tf.reduce_any(changed, -1)
    shape = tf.shape(changed)
    padding = tf.stack([rows * height, columns * width]) - shape
    padded = tf.pad(changed, tf.stack([tf.zeros_like(padding), padding], 1))
    blocks = tf.reshape(padded, tf.stack([rows, height, columns, width]))
    flat = tf.reshape(tf.reduce_any(blocks, [1, 3]), [-1])
    interval = tf.where(interval > 0, interval, rows * columns)
    owner = tf.range(rows * columns) // interval
    return tf.math.segment_max(tf.cast(flat, tf.int32), owner) > 0
