"""The segments of a JPEG file, found in graph."""

from typing import NamedTuple

import tensorflow as tf

from dmtdr_tf.preprocessing import constants
from dmtdr_tf.preprocessing.graph.require import require

__all__ = ["CUT_SHORT", "DAMAGED", "Segments", "at_or_after", "find_segments"]

CUT_SHORT = "the JPEG file is cut short; copy it again"
DAMAGED = "the JPEG file is damaged; copy it again"

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_TEM, _RST0, _RST7 = 0x01, 0xD0, 0xD7


class Segments(NamedTuple):
    """A JPEG file's segments in their order, and its restart markers.

    Args:
        data: uint8 `[N]`, the file.
        markers: int32 `[S]`, the second byte of each segment's marker.
        starts: int32 `[S]`, where its content begins, behind its length.
        ends: int32 `[S]`, where its content ends.
        scan_ends: int32 `[S]`, where the coded data behind it end, before
            fill bytes; `ends` where there are none.
        restarts: int32 `[R]`, where the file's restart markers are; some may
            lie inside a segment.
        end: int32, behind the end marker.
    """

    data: tf.Tensor
    markers: tf.Tensor
    starts: tf.Tensor
    ends: tf.Tensor
    scan_ends: tf.Tensor
    restarts: tf.Tensor
    end: tf.Tensor


def find_segments(content: tf.Tensor) -> Segments:
    """Walks the segments up to the end marker, as `parse_jpeg` does.

    Args:
        content: A scalar string that begins like a JPEG file.

    Returns:
        The segments. The graph raises `InvalidArgumentError` if the file is
        cut short.
    """
    walk = _Walk.over(content)
    some = require(walk.length, tf.size(walk.scan_places) > 0, CUT_SHORT)
    end, _, state, rows = tf.while_loop(
        lambda at, count, state, rows: (
            (state == 0) & (count <= constants.MAX_JPEG_SEGMENTS)
        ),
        walk.take,
        [tf.minimum(2, some), 0, 0, tf.zeros([0, 4], tf.int32)],
        shape_invariants=[
            *(tf.TensorShape([]),) * 3,
            tf.TensorShape([None, 4]),
        ],
    )
    end = require(end, state != 2, CUT_SHORT)
    end = require(end, state == 1, DAMAGED)
    with tf.control_dependencies([end]):
        markers, starts, ends, scan_ends = tf.unstack(rows, axis=1)
    return Segments(
        data=walk.data,
        markers=markers,
        starts=starts,
        ends=ends,
        scan_ends=scan_ends,
        restarts=walk.restarts,
        end=end,
    )


class _Walk(NamedTuple):
    """A file's bytes and markers, which the walk over its segments looks up.

    Args:
        data: uint8, the file.
        length: The number of bytes.
        places: Where the markers are.
        codes: Their second bytes.
        scan_places: Where the markers are that can end a scan.
        scan_stops: Where the fill bytes before each of those begin.
        restarts: Where the restart markers are.
    """

    data: tf.Tensor
    length: tf.Tensor
    places: tf.Tensor
    codes: tf.Tensor
    scan_places: tf.Tensor
    scan_stops: tf.Tensor
    restarts: tf.Tensor

    @classmethod
    def over(cls, content: tf.Tensor) -> "_Walk":
        """Finds a file's markers."""
        data = tf.io.decode_raw(content, tf.uint8)
        # The last byte has none behind it.
        full = tf.cast(tf.where(data[:-1] == 0xFF)[:, 0], tf.int32)
        follows = tf.cast(tf.gather(data, full + 1), tf.int32)
        is_marker = (follows != 0) & (follows != 0xFF)
        is_restart = (follows >= _RST0) & (follows <= _RST7)
        ends_scan = is_marker & ~is_restart
        return cls(
            data=data,
            length=tf.size(data),
            places=tf.boolean_mask(full, is_marker),
            codes=tf.boolean_mask(follows, is_marker),
            scan_places=tf.boolean_mask(full, ends_scan),
            scan_stops=tf.boolean_mask(_run_starts(full), ends_scan),
            restarts=tf.boolean_mask(full, is_restart),
        )

    def take(
        self, at: tf.Tensor, count: tf.Tensor, state: tf.Tensor, rows: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        """Takes the next segment: one step of `tf.while_loop`.

        Args:
            at: Where to look for its marker.
            count: The number of segments before it.
            state: 0; the step returns 1 at the end marker and 2 if the file
                is cut short.
            rows: int32 `[N, 4]`: marker, start, end, and end of the scan.
        """
        index = at_or_after(self.places, at)
        found = index < tf.size(self.places)
        index = tf.minimum(index, tf.maximum(tf.size(self.places) - 1, 0))
        code, start = self.codes[index], self.places[index] + 2
        alone = (code == _TEM) | ((code >= _RST0) & (code <= _EOI))
        size = tf.maximum(_two_bytes(self.data, start), 2)
        stop = tf.where(alone, start, start + size)
        is_scan = code == _SOS
        scan = at_or_after(self.scan_places, stop)
        last = tf.size(self.scan_places) - 1
        found &= (stop <= self.length) & (~is_scan | (scan <= last))
        scan = tf.minimum(scan, tf.maximum(last, 0))
        after = tf.where(is_scan, self.scan_places[scan], stop)
        scan_end = tf.maximum(self.scan_stops[scan], stop)
        scan_end = tf.where(is_scan, scan_end, stop)
        row = tf.stack([code, start + 2, stop, scan_end])[None]
        rows = tf.cond(
            found & ~alone, lambda: tf.concat([rows, row], 0), lambda: rows
        )
        state = tf.where(found, tf.where(code == _EOI, 1, 0), 2)
        return after, count + 1, state, rows


def at_or_after(places: tf.Tensor, at: tf.Tensor) -> tf.Tensor:
    """The index of the first of the sorted places that is not before `at`."""
    return tf.reshape(tf.searchsorted(places, tf.reshape(at, [1])), [])


def _two_bytes(data: tf.Tensor, at: tf.Tensor) -> tf.Tensor:
    """A whole number of 16 bits; anything outside of the file."""
    last = tf.size(data) - 1
    high = tf.cast(data[tf.minimum(at, last)], tf.int32)
    return high * 256 + tf.cast(data[tf.minimum(at + 1, last)], tf.int32)


def _run_starts(full: tf.Tensor) -> tf.Tensor:
    """For each FF, where the run of FF begins that it belongs to."""
    begins = tf.concat([[True], full[1:] != full[:-1] + 1], 0)
    begins = begins[: tf.size(full)]
    return tf.gather(
        tf.boolean_mask(full, begins), tf.cumsum(tf.cast(begins, tf.int32)) - 1
    )
