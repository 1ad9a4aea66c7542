import struct
import zlib

import cv2
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.preprocessing.graph.decoding import decode_photograph
from dmtdr_tf.preprocessing.reading import read_photograph

decode = tf.function(
    decode_photograph, input_signature=[tf.TensorSpec((), tf.string)]
)


def chunk(kind, data):
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def png(width, height, data=b""):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def picture():
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (9, 11, 3)).astype(np.uint8)
    return cv2.resize(small, (77, 50), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize(
    ("suffix", "change"),
    [
        (".jpg", lambda x: x),
        (".png", lambda x: x),
        (".jpg", lambda x: x[..., 0]),
        (".png", lambda x: x[..., 0]),
        (".png", lambda x: x.astype(np.uint16) * 257 + 3),
        (".png", lambda x: np.dstack([x, x[..., ::-1].max(-1)])),
    ],
    ids=["jpeg", "png", "gray jpeg", "gray png", "16 bits", "transparent"],
)
def test_decodes_as_our_python_reads(picture, suffix, change, tmp_path):
    content = cv2.imencode(suffix, change(picture))[1].tobytes()
    (tmp_path / "eye").write_bytes(content)
    np.testing.assert_array_equal(
        decode(content), read_photograph(tmp_path / "eye")
    )


def test_progressive_and_subsampled_jpeg_too(picture, tmp_path):
    for options in (
        [cv2.IMWRITE_JPEG_PROGRESSIVE, 1],
        [
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
        ],
    ):
        content = cv2.imencode(".jpg", picture, options)[1].tobytes()
        (tmp_path / "eye").write_bytes(content)
        np.testing.assert_array_equal(
            decode(content), read_photograph(tmp_path / "eye")
        )


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"GIF89a" + bytes(99), b"BM" + bytes(99), b"II*\0" + bytes(99)],
)
def test_other_files_are_refused(content):
    with pytest.raises(tf.errors.InvalidArgumentError, match="no JPEG or PNG"):
        decode(content)


@pytest.mark.parametrize(
    ("width", "height"), [(10_000, 5_001), (2**31 - 1, 2**31 - 1), (2**31, 9)]
)
def test_a_bomb_is_refused_before_it_is_decoded(width, height):
    # Decoding would fail too, with another message: there is no data.
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="more than 50 megapixels|PNG"
    ) as caught:
        decode(png(width, height))
    assert width == 2**31 or "megapixels" in str(caught.value)


def test_fifty_megapixels_are_let_through_to_the_decoder():
    with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid PNG"):
        decode(png(10_000, 5_000, b"nothing"))


def test_a_large_jpeg_is_refused_by_its_header(picture):
    content = bytearray(cv2.imencode(".jpg", picture)[1].tobytes())
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", 60_000, 60_000)
    with pytest.raises(tf.errors.InvalidArgumentError, match="megapixels"):
        decode(bytes(content))


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_what_is_cut_short_is_refused(picture, suffix):
    content = cv2.imencode(suffix, picture)[1].tobytes()
    for part in (len(content) // 2, 40, 12):
        with pytest.raises(tf.errors.InvalidArgumentError):
            decode(content[:part])
