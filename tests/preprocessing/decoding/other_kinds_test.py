"""WebP and BMP files, other kinds by name, and what is no file."""

import io
import os
import socket

import numpy as np
import pytest
from fixtures.photograph_files import exif, jpeg, picture
from PIL import Image

from dmtdr_tf.preprocessing.decoding.decoders import decode_file
from dmtdr_tf.preprocessing.decoding.exif import upright
from dmtdr_tf.preprocessing.decoding.kinds import kind_of
from dmtdr_tf.preprocessing.decoding.regular_file import read_regular_file
from dmtdr_tf.preprocessing.reading import (
    UnreadablePhotographError,
    read_checked_bytes,
    read_photograph,
)

PIXELS = picture()


def saved(kind, pixels=PIXELS, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def test_lossless_kinds_are_read_exactly():
    for content in (saved("BMP"), saved("WEBP", lossless=True)):
        np.testing.assert_array_equal(decode_file(content).rgb(), PIXELS)
    lossy = decode_file(saved("WEBP", quality=95)).rgb()
    assert np.abs(lossy.astype(int) - PIXELS).mean() < 8


def test_transparent_webp_becomes_black():
    pixels = np.dstack([PIXELS, np.full(PIXELS.shape[:2], 255, np.uint8)])
    pixels[:9, :, 3] = 0
    read = decode_file(saved("WEBP", pixels, lossless=True, exact=True)).rgb()
    assert not read[:9].any()
    np.testing.assert_array_equal(read[9:], PIXELS[9:])


@pytest.mark.parametrize("orientation", [3, 6])
def test_orientation_of_webp_is_applied(orientation):
    block = b"Exif\0\0" + exif(orientation)
    content = saved("WEBP", lossless=True, exif=block)
    np.testing.assert_array_equal(
        decode_file(content).rgb(), upright(PIXELS, orientation)
    )


@pytest.mark.parametrize("kind", ["WEBP", "BMP"])
def test_cut_files_and_second_pictures_are_refused(kind):
    content = saved(kind)
    for part in (20, len(content) // 2, len(content) - 9):
        with pytest.raises(ValueError, match="cut short|damaged|strip|size"):
            decode_file(content[:part])
    with pytest.raises(ValueError, match="more than one picture"):
        decode_file(content + jpeg())


def test_an_animation_is_refused():
    file = io.BytesIO()
    frames = [Image.fromarray(PIXELS), Image.fromarray(255 - PIXELS)]
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(ValueError, match="animated"):
        decode_file(file.getvalue())


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"GIF89a" + bytes(99), "a GIF file, not a JPEG"),
        (bytes(128) + b"DICM" + bytes(99), "a DICOM file, not"),
        (b"\0\0\0\x18ftypheic" + bytes(99), "a HEIC, AVIF or video file, not"),
        (b"P6 3 4 255\n" + bytes(99), "a PPM file, not"),
        (b"%PDF-1.7" + bytes(99), "a PDF file, not"),
        (b"hello", "^not a JPEG, PNG, TIFF, WebP or BMP photograph"),
    ],
)
def test_other_kinds_are_named(content, name):
    with pytest.raises(ValueError, match=name):
        kind_of(content)


def test_the_content_counts_and_not_the_name(tmp_path):
    for name in ("a.jfif", "a.jpe", "a.png", "a"):
        (tmp_path / name).write_bytes(jpeg())
        assert read_photograph(tmp_path / name).shape == PIXELS.shape


def test_what_is_no_file_is_named_and_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(tmp_path)
        server.bind("s.jpg")
        for path, reason in (
            (tmp_path, "a folder, not a file"),
            (tmp_path / "pipe.jpg", "a named pipe, not a file"),
            (tmp_path / "s.jpg", "a socket, not a file"),
            ("/dev/zero", "a device, not a file"),
            (tmp_path / "loop.jpg", "symbolic links"),
            (tmp_path / ("n" * 251 + ".jpg.jpg"), "too long"),
            ("a\0b.jpg", "null"),
            (tmp_path / "gone.jpg", "no such file"),
        ):
            for read in (read_photograph, read_checked_bytes):
                with pytest.raises(UnreadablePhotographError, match=reason):
                    read(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "large.jpg"
    with path.open("wb") as file:
        file.truncate(601 * 10**6)
    with pytest.raises(UnreadablePhotographError, match="601 megabytes"):
        read_photograph(path)
    with pytest.raises(ValueError, match="more than the 1 we read"):
        read_regular_file(path, 10**6)


def test_no_memory_is_this_photograph_s_error(tmp_path, monkeypatch):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg())

    def fail(data):
        raise MemoryError

    monkeypatch.setattr("dmtdr_tf.preprocessing.reading.decode_file", fail)
    with pytest.raises(UnreadablePhotographError, match="not enough memory"):
        read_photograph(path)
