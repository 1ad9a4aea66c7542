"""Whether a JPEG file's coded data fit its picture, in graph.

TensorFlow's decoder ignores what libjpeg reports. Each scan is decoded in
three versions, with tables that show every coefficient: as it is, with more
data behind it, and with its last byte replaced. An intact scan looks the same
with more data and another with a changed end; a scan that lacks data reads
the added ones, and one that has too many does not read its end.
"""

import numpy as np
import tensorflow as tf

from dmtdr_tf.preprocessing.graph.jpeg_layout import Frame, Scans
from dmtdr_tf.preprocessing.graph.jpeg_pieces import Pieces, cut_up
from dmtdr_tf.preprocessing.graph.jpeg_segments import (
    CUT_SHORT,
    DAMAGED,
    Segments,
)
from dmtdr_tf.preprocessing.graph.jpeg_tables import BYTES
from dmtdr_tf.preprocessing.graph.require import require

__all__ = ["require_whole_scans"]

_START = b"\xff\xd8"
_END = b"\xff\xd9"
# Components as they are stored, so that no sum of colors hides one.
_AS_STORED = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0"
# A single coefficient must be seen. For the mean, no step is right for all:
# small ones hide small changes, large ones those of black and of white, so
# they take turns. A scan that refines the mean brings single bits.
_MEAN_STEPS, _REFINED_MEAN_STEP, _DETAIL_STEP = (1, 16, 2, 64), 64, 16
_FILLER_BYTES = 256
# A changed end may mean the same as the old one; then another is tried.
_TRIES = 24
# A progressive scan may read added data and mean the same: more are added.
_FILLERS, _PROGRESSIVE_FILLERS = 1, 4
# How many bytes of a scan's end are replaced. A progressive scan of details
# may end with "nothing more in n blocks", and a larger n changes nothing: the
# whole code of at most 30 bits must be among them.
_CHANGED_BYTES, _CHANGED_DETAIL_BYTES = 1, 5


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
    pieces = cut_up(content, segments, frame, scans, restarts, owner)
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


def _is_whole(
    pieces: Pieces,
    frame: Frame,
    scans: Scans,
    cells: tf.Tensor,
    index: tf.Tensor,
) -> tf.Tensor:
    """Whether one scan has the data that it needs, and no more."""
    needed = _needed(pieces, scans, index)
    texts = tf.boolean_mask(pieces.texts, needed)
    is_end = tf.boolean_mask(pieces.is_data & (pieces.scan == index), needed)
    plain = _decode(_tables(scans, index, 0), texts)
    filled = tf.boolean_mask(pieces.filled, needed)
    enough = _has_enough(plain, (texts, filled), is_end, frame, scans, index)
    intervals = tf.reduce_sum(tf.cast(is_end, tf.int32))
    end = tf.where(
        scans.first[index] > 0, _CHANGED_DETAIL_BYTES, _CHANGED_BYTES
    )

    def attempt(
        count: tf.Tensor, differs: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        ended = _with_another_end(texts, end, count)
        ended = tf.where(is_end, ended, texts)
        tables = _tables(scans, index, count)
        whole = tf.cond(
            count == 0, lambda: plain, lambda: _decode(tables, texts)
        )
        changed = whole != _decode(tables, ended)
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


def _has_enough(
    plain: tf.Tensor,
    texts: tuple[tf.Tensor, tf.Tensor],
    is_end: tf.Tensor,
    frame: Frame,
    scans: Scans,
    index: tf.Tensor,
) -> tf.Tensor:
    """Whether more data, and more codes, change nothing."""
    fillers = tf.constant([_filler(n) for n in range(_PROGRESSIVE_FILLERS)])

    def add(count: tf.Tensor, same: tf.Tensor) -> tuple[tf.Tensor, ...]:
        tables = _tables(scans, index, count)
        whole = tf.cond(
            count == 0, lambda: plain, lambda: _decode(tables, texts[0])
        )
        more = tf.strings.join([texts[1], tf.where(is_end, fillers[count], "")])
        return count + 1, ~tf.reduce_any(whole != _decode(tables, more))

    tries = tf.where(frame.progressive, _PROGRESSIVE_FILLERS, _FILLERS)
    _, same = tf.while_loop(
        lambda count, same: same & (count < tries),
        add,
        [0, tf.constant(True)],
        parallel_iterations=1,
    )
    return same


def _needed(pieces: Pieces, scans: Scans, index: tf.Tensor) -> tf.Tensor:
    """Tables, the scan, and earlier ones of the same coefficients.

    Bits that refine the mean show alone: they need no earlier ones.
    """
    order = tf.range(tf.size(scans.first))
    shared = tf.reduce_any(scans.members & scans.members[index], 1)
    shared &= scans.first <= scans.last[index]
    shared &= scans.last >= scans.first[index]
    shared &= order <= index
    alone = scans.refines[index] & (scans.last[index] == 0)
    shared &= ~alone | (order == index)
    is_table = pieces.scan < 0
    return is_table | tf.gather(shared, tf.maximum(pieces.scan, 0))


def _tables(
    scans: Scans, index: tf.Tensor, count: tf.Tensor | int
) -> tf.Tensor:
    """The file's beginning, with four quantization tables of ours."""
    step = tf.constant(_MEAN_STEPS)[count % len(_MEAN_STEPS)]
    step = tf.where(scans.refines[index], _REFINED_MEAN_STEP, step)
    # libjpeg smooths a picture of means alone over the blocks beside each;
    # steps of zero switch that off.
    has_details = scans.last[index] > 0
    details = tf.where(has_details, bytes([_DETAIL_STEP]) * 63, bytes(63))
    head = _START + _AS_STORED + b"\xff\xdb\1\x06"
    parts: list[tf.Tensor | bytes] = [head]
    for table in range(4):
        parts += [bytes([table]), tf.gather(tf.constant(BYTES), step), details]
    return tf.strings.join(parts)


def _decode(tables: tf.Tensor, texts: tf.Tensor) -> tf.Tensor:
    content = tf.strings.join([tables, tf.strings.reduce_join(texts), _END])
    return tf.io.decode_jpeg(
        content, 3, fancy_upscaling=False, dct_method="INTEGER_ACCURATE"
    )


def _filler(seed: int) -> bytes:
    """Bytes like coded data; without FF, which begins a marker.

    A decoder without data reads zeros, so this begins with a 1, or with as
    many zeros before it as the seed says.
    """
    rng = np.random.default_rng(seed)
    filler = rng.integers(0, 255, _FILLER_BYTES, np.uint8)
    first = 128 >> seed % _PROGRESSIVE_FILLERS
    filler[0] = first + filler[0] % max(first - 1, 1)
    return filler.tobytes()


def _with_another_end(
    texts: tf.Tensor, end: tf.Tensor, count: tf.Tensor
) -> tf.Tensor:
    """Data whose last bytes are others; a single one in its first bit."""
    length = tf.strings.length(texts)
    kept = tf.maximum(length - end, 0)
    # FF is one byte with the 00 behind it.
    is_full = (_substrings(texts, kept - 1, 1) == b"\xff") & (kept > 0)
    kept -= tf.cast(is_full, tf.int32)
    value = tf.io.decode_raw(
        _substrings(texts, kept, 1), tf.uint8, fixed_length=2
    )
    patterns = np.random.default_rng(1).integers(0, 255, _TRIES, np.int32)
    pattern = tf.constant(patterns)[count]
    # Never FF, which begins a marker.
    flipped = (tf.cast(value[:, 0], tf.int32) // 128 * 128 + 128) % 256
    flipped += tf.minimum(pattern % 128, 126)
    first = tf.where(end == 1, flipped, pattern)
    fillers = tf.constant([_filler(2 + one) for one in range(_TRIES)])
    return tf.strings.join(
        [
            _substrings(texts, tf.zeros_like(kept), kept),
            tf.gather(tf.constant(BYTES), first),
            tf.fill(tf.shape(texts), fillers[count]),
        ]
    )


def _substrings(
    texts: tf.Tensor, start: tf.Tensor, count: tf.Tensor | int
) -> tf.Tensor:
    """A part of each text; where it has none, an empty one."""
    length = tf.strings.length(texts)
    start = tf.minimum(tf.maximum(start, 0), length)
    return tf.strings.substr(texts, start, tf.minimum(length - start, count))


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
