"""PNG files, checked and decoded in graph."""

from typing import NamedTuple

import tensorflow as tf

from dmtdr_tf.preprocessing.graph.checksum import crc32
from dmtdr_tf.preprocessing.graph.directories import directory_value, upright
from dmtdr_tf.preprocessing.graph.pictures import refuse_second, require_shape
from dmtdr_tf.preprocessing.graph.require import require

__all__ = ["decode_png"]

CUT_SHORT = "the PNG file is cut short; copy it again"
DAMAGED = "the PNG file is damaged; copy it again"

_SIGNATURE, _FRAME = 8, 12
_SIZE, _DEPTH, _COLOR = 16, 24, 25
_WITH_ALPHA = (4, 6)
_ORIENTATION = 0x0112
# The 8-bit value below which a 16-bit picture has at most 12 bits.
_TWELVE_BITS = 16
# Samples of a pixel by color type; types that do not exist have one.
_SAMPLES = (1, 1, 3, 1, 2, 1, 4, 1)
_ROW_BYTES, _SLACK = 8, 4096
# More than a file of 100 megabytes has in chunks of 8 kB.
_MOST_CHUNKS = 2**14


class _Chunks(NamedTuple):
    """A PNG file's chunks: names, and the place and size of their contents."""

    names: tf.Tensor
    starts: tf.Tensor
    sizes: tf.Tensor


def decode_png(content: tf.Tensor) -> tf.Tensor:
    """Decodes a PNG file like Python's `decode_png` and `Raster.rgb`.

    Args:
        content: A scalar string that begins like a PNG file.

    Returns:
        uint8 `[H, W, 3]`, RGB, upright. The graph raises
        `InvalidArgumentError` for what Python refuses.
    """
    data = tf.io.decode_raw(content, tf.uint8)
    data = require(data, tf.size(data) >= _SIGNATURE + 25, CUT_SHORT)
    # int32 has no room for the highest bit.
    size = _number(data, tf.constant([_SIZE, _SIZE + 4]))
    size = tf.cast(size, tf.int64) & (2**32 - 1)
    content = require_shape(content, size[1], size[0])
    chunks, end = _walk(content, data)
    content = require(
        content,
        ~tf.reduce_any(chunks.names == b"acTL"),
        "the PNG file is animated; save one picture of it",
    )
    content = refuse_second(content, data, end)
    content = require(content, _fit_the_pixels(data, size, chunks), DAMAGED)
    is_clear = tf.reduce_any(chunks.names == b"tRNS")
    is_clear |= tf.reduce_any(
        tf.cast(data[_COLOR], tf.int32) == tf.constant(_WITH_ALPHA)
    )
    photograph = tf.cond(
        is_clear,
        lambda: _over_black(tf.io.decode_png(content, 4)),
        lambda: tf.io.decode_png(content, 3),
    )
    highest = tf.reduce_max(photograph)
    photograph = require(
        photograph,
        (data[_DEPTH] != 16) | (highest == 0) | (highest >= _TWELVE_BITS),
        "the 16-bit photograph has values up to 4095 only, 12 bits in 16; "
        "save it with 8 bits, or scaled to all 16",
    )
    return upright(photograph, _orientation(data, chunks))


def _walk(content: tf.Tensor, data: tf.Tensor) -> tuple[_Chunks, tf.Tensor]:
    """Lists the chunks up to IEND, and where that ends."""
    length = tf.size(data)

    def take(
        at: tf.Tensor, state: tf.Tensor, places: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        inside = at <= length - _FRAME
        safe = tf.where(inside, at, 0)
        size = _number(data, safe)
        # Subtracted, since a sum may pass 2^31.
        inside &= (size >= 0) & (size <= length - _FRAME - at)
        name = tf.strings.substr(content, safe + 4, 4)
        size = tf.where(inside, size, 0)
        is_end = name == b"IEND"
        state = tf.where(inside, tf.where(is_end, 1, 0), 2)
        row = tf.stack([safe + 8, size])[None]
        return at + _FRAME + size, state, tf.concat([places, row], 0)

    end, state, places = tf.while_loop(
        lambda at, state, places: (
            (state == 0) & (tf.shape(places)[0] < _MOST_CHUNKS)
        ),
        take,
        [_SIGNATURE, 0, tf.zeros([0, 2], tf.int32)],
        shape_invariants=[
            *(tf.TensorShape([]),) * 2,
            tf.TensorShape([None, 2]),
        ],
    )
    places = require(places, state == 1, CUT_SHORT)
    starts, sizes = places[:, 0], places[:, 1]
    names = tf.strings.substr(
        tf.fill(tf.shape(starts), content),
        starts - 4,
        tf.fill(tf.shape(starts), 4),
    )
    chunks = _Chunks(names, starts, sizes)
    first = tf.range(tf.size(names)) == 0
    is_right = tf.reduce_all((names == b"IHDR") == first)
    end = require(end, is_right & _checksums_fit(data, chunks), DAMAGED)
    return chunks, end


def _fit_the_pixels(
    data: tf.Tensor, size: tf.Tensor, chunks: _Chunks
) -> tf.Tensor:
    """Whether the compressed data are no longer than the pixels could be.

    A file may hide hundreds of megabytes behind a small picture. Data that
    Deflate cannot compress grow by less than a hundredth, and each row has a
    byte for its filter, twice where the picture is interlaced.
    """
    is_data = tf.cast(chunks.names == b"IDAT", tf.int64)
    compressed = tf.reduce_sum(is_data * tf.cast(chunks.sizes, tf.int64))
    width, height = size[0], size[1]
    color = tf.cast(data[_COLOR] & 7, tf.int32)
    samples = tf.gather(tf.constant(_SAMPLES, tf.int64), color)
    bits = samples * tf.cast(data[_DEPTH], tf.int64)
    rows = height * (width * bits // 8 + _ROW_BYTES)
    return compressed <= rows + rows // 50 + _SLACK


def _checksums_fit(data: tf.Tensor, chunks: _Chunks) -> tf.Tensor:
    """Compares all but IDAT's, which libpng compares."""
    others = tf.where(chunks.names != b"IDAT")[:, 0]

    def check(index: tf.Tensor, fits: tf.Tensor) -> tuple[tf.Tensor, ...]:
        start = chunks.starts[others[index]]
        stop = start + chunks.sizes[others[index]]
        expected = tf.cast(_number(data, stop), tf.int64) & (2**32 - 1)
        return index + 1, crc32(data[start - 4 : stop]) == expected

    _, fits = tf.while_loop(
        lambda index, fits: fits & (index < tf.size(others)),
        check,
        [0, tf.constant(True)],
    )
    return fits


def _orientation(data: tf.Tensor, chunks: _Chunks) -> tf.Tensor:
    where = tf.where(chunks.names == b"eXIf")[:, 0]

    def read() -> tf.Tensor:
        start = chunks.starts[where[0]]
        block = data[start : start + chunks.sizes[where[0]]]
        return directory_value(block, _ORIENTATION, 1)

    return tf.cond(tf.size(where) > 0, read, lambda: tf.constant(1))


def _number(data: tf.Tensor, at: tf.Tensor) -> tf.Tensor:
    """32 bits, the highest byte first, as int32."""
    places = tf.convert_to_tensor(at)[..., None] + tf.range(4)
    values = tf.cast(tf.gather(data, places), tf.int32)
    return tf.reduce_sum(values * tf.constant([1 << 24, 1 << 16, 256, 1]), -1)


def _over_black(photograph: tf.Tensor) -> tf.Tensor:
    """Lays RGBA over black: hidden pixels have any color."""
    wide = tf.cast(photograph, tf.uint16)
    blended = (wide[..., :3] * wide[..., 3:] + 127) // 255
    return tf.cast(blended, tf.uint8)
