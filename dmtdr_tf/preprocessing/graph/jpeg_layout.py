"""The picture that a JPEG file's segments describe, in graph."""

from typing import NamedTuple

import tensorflow as tf

from dmtdr_tf.preprocessing import constants
from dmtdr_tf.preprocessing.graph.jpeg_segments import (
    CUT_SHORT,
    DAMAGED,
    Segments,
)
from dmtdr_tf.preprocessing.graph.require import require

__all__ = ["Frame", "Scans", "read_frame", "read_scans"]

_DHT, _DAC, _JPG, _SOS, _DRI = 0xC4, 0xCC, 0xC8, 0xDA, 0xDD
_FIRST_FRAME, _LAST_FRAME = 0xC0, 0xCF
_PROGRESSIVE, _ARITHMETIC = 0xC2, 0xC9
_COEFFICIENTS, _MISSING = 64, 255
# No component beside those of the frame.
_NOBODY = -1


class Frame(NamedTuple):
    """What a JPEG file says of its picture.

    Args:
        segment: int32, the index of the frame's segment.
        height: int32, in pixels.
        width: int32, in pixels.
        progressive: A boolean.
        components: int32 `[3]`, the identifiers; -1 where there are fewer.
        horizontal: int32 `[3]`, their sampling factors.
        vertical: int32 `[3]`.
    """

    segment: tf.Tensor
    height: tf.Tensor
    width: tf.Tensor
    progressive: tf.Tensor
    components: tf.Tensor
    horizontal: tf.Tensor
    vertical: tf.Tensor


class Scans(NamedTuple):
    """The scans in their order.

    Args:
        segment: int32 `[K]`, the index of each scan's segment.
        members: Boolean `[K, 3]`, the frame's components in it.
        first: int32 `[K]`, its first coefficient.
        last: int32 `[K]`, its last.
        refines: Boolean `[K]`, whether it refines what earlier ones brought.
        interval: int32 `[K]`, the blocks between restart markers; 0 for none.
    """

    segment: tf.Tensor
    members: tf.Tensor
    first: tf.Tensor
    last: tf.Tensor
    refines: tf.Tensor
    interval: tf.Tensor


def read_frame(segments: Segments) -> Frame:
    """Reads the frame's header, as `parse_jpeg` does.

    Args:
        segments: Those of the file.

    Returns:
        Its values. The graph raises `InvalidArgumentError` if there is not
        exactly one frame, of 8 bits, gray or color, coded by Huffman.
    """
    is_frame = _are_frames(segments.markers)
    where = tf.cast(tf.where(is_frame)[:, 0], tf.int32)
    where = require(where, tf.size(where) == 1, DAMAGED)
    at = where[0]
    values = _bytes(segments, segments.starts[at], 15)
    size = segments.ends[at] - segments.starts[at]
    process, count = segments.markers[at], values[5]
    size = _require_process(size, process, values[0], count)
    size = require(size, size == 6 + 3 * count, DAMAGED)
    height = values[1] * 256 + values[2]
    height = require(
        height,
        height > 0,
        "the JPEG file does not say its height in its header; save it again",
    )
    with tf.control_dependencies([size]):
        parts = tf.reshape(values[6:], [3, 3])
    is_there = tf.range(3) < count
    return Frame(
        segment=at,
        height=height,
        width=values[3] * 256 + values[4],
        progressive=process == _PROGRESSIVE,
        components=tf.where(is_there, parts[:, 0], _NOBODY),
        horizontal=tf.where(is_there, parts[:, 1] // 16, 1),
        vertical=tf.where(is_there, parts[:, 1] % 16, 1),
    )


def read_scans(segments: Segments, frame: Frame) -> Scans:
    """Reads the scans' headers and checks that they bring the whole picture.

    Args:
        segments: Those of the file.
        frame: Its frame.

    Returns:
        The scans. The graph raises `InvalidArgumentError` if one is damaged,
        if a part of the picture is missing, or if there are too many.
    """
    where = tf.cast(tf.where(segments.markers == _SOS)[:, 0], tf.int32)
    most = constants.MAX_JPEG_SCANS
    where = require(
        where,
        tf.size(where) <= most,
        f"the JPEG file has more than {most} scans; save it again",
    )
    where = require(
        where,
        tf.reduce_all(where > frame.segment) & (tf.size(where) > 0),
        DAMAGED,
    )
    starts = tf.gather(segments.starts, where)
    values = _bytes(segments, starts[:, None], 10)
    count = values[:, 0]
    size = tf.gather(segments.ends, where) - starts
    count = require(
        count,
        tf.reduce_all((size == 4 + 2 * count) & (count > 0) & (count <= 3)),
        DAMAGED,
    )
    tail = tf.gather(values, 1 + 2 * count[:, None] + tf.range(3), batch_dims=1)
    # A sequential scan brings all, whatever its header says.
    tail = tf.where(frame.progressive, tail, [[0, _COEFFICIENTS - 1, 0]])
    members = _members(values[:, 1:7:2], count, frame)
    scans = Scans(
        segment=where,
        members=members,
        first=tail[:, 0],
        last=tail[:, 1],
        refines=tail[:, 2] // 16 > 0,
        interval=_intervals(segments, where),
    )
    complete = _is_complete(scans, tail[:, 2] % 16, frame)
    where = require(where, complete, CUT_SHORT)
    return scans._replace(segment=where)


def _are_frames(markers: tf.Tensor) -> tf.Tensor:
    in_range = (markers >= _FIRST_FRAME) & (markers <= _LAST_FRAME)
    for other in (_DHT, _DAC, _JPG):
        in_range &= markers != other
    return in_range


def _require_process(
    value: tf.Tensor, process: tf.Tensor, bits: tf.Tensor, count: tf.Tensor
) -> tf.Tensor:
    for condition, reason in (
        (bits == 8, "of other than 8 bits"),
        (process < _ARITHMETIC, "with arithmetic coding"),
        (process <= _PROGRESSIVE, "lossless or hierarchical"),
        (count != 4, "of CMYK colors"),
        ((count == 1) | (count == 3), "of unknown colors"),
    ):
        value = require(
            value,
            condition,
            f"a JPEG file {reason} cannot be decoded; save it as an ordinary "
            "JPEG or PNG file",
        )
    return value


def _bytes(segments: Segments, starts: tf.Tensor, count: int) -> tf.Tensor:
    """Some bytes from a place on, int32; anything outside of the file."""
    places = tf.minimum(starts + tf.range(count), tf.size(segments.data) - 1)
    return tf.cast(tf.gather(segments.data, places), tf.int32)


def _members(
    identifiers: tf.Tensor, count: tf.Tensor, frame: Frame
) -> tf.Tensor:
    """Which components each scan has, `[K, 3]`; all must be the frame's."""
    is_there = tf.range(3) < count[:, None]
    same = identifiers[:, :, None] == frame.components
    same &= is_there[:, :, None]
    members = tf.reduce_any(same, 1)
    known = tf.reduce_sum(tf.cast(members, tf.int32), 1) == count
    return require(members, tf.reduce_all(known), DAMAGED)


def _intervals(segments: Segments, scans: tf.Tensor) -> tf.Tensor:
    """The restart interval that holds for each scan, `[K]`."""
    where = tf.cast(tf.where(segments.markers == _DRI)[:, 0], tf.int32)
    first = tf.gather(segments.starts, where)
    values = _bytes(segments, first[:, None], 2)
    values = tf.concat([[0], values[:, 0] * 256 + values[:, 1]], 0)
    return tf.gather(values, tf.searchsorted(where, scans))


def _is_complete(scans: Scans, low: tf.Tensor, frame: Frame) -> tf.Tensor:
    """Whether all bits of all coefficients have come, as `Coverage` says."""
    band = tf.range(_COEFFICIENTS)
    inside = (band >= scans.first[:, None]) & (band <= scans.last[:, None])
    inside = inside[:, None] & scans.members[..., None]
    # The last scan that brings a coefficient says what is still to come.
    order = tf.range(tf.size(low))[:, None, None]
    newest = tf.reduce_max(tf.where(inside, order, -1), 0)
    bits = tf.gather(tf.concat([[_MISSING], low], 0), newest + 1)
    is_there = frame.components != _NOBODY
    return tf.reduce_all((bits == 0) | ~is_there[:, None])
