"""Files of every kind, hand-made, and what is refused."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing.reading import (
    UnreadablePhotographError,
    read_mask,
    read_photograph,
)

# Left half pure red, right half pure blue; the first row is green.
COLORS = np.zeros((6, 8, 3), np.uint8)
COLORS[:, :4, 0] = 255
COLORS[:, 4:, 2] = 255
COLORS[0] = (0, 255, 0)


def _smooth() -> np.ndarray:
    ramp = np.linspace(20, 220, 64).astype(np.uint8)
    return np.dstack([np.tile(ramp, (48, 1))] * 3)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("a.png", {}),
        ("a.tif", {}),
        ("a.tif", {"compression": "tiff_lzw"}),
        ("ä photograph.PNG", {}),
    ],
)
def test_lossless_files_are_read_exactly(tmp_path, name, settings):
    Image.fromarray(COLORS).save(tmp_path / name, **settings)
    np.testing.assert_array_equal(read_photograph(tmp_path / name), COLORS)
    # A path may be text as well.
    np.testing.assert_array_equal(read_photograph(str(tmp_path / name)), COLORS)


@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_is_read_in_rgb(tmp_path, progressive):
    image = _smooth()
    image[..., 2] = 10
    Image.fromarray(image).save(
        tmp_path / "a.jpg", quality=95, progressive=progressive
    )
    error = np.abs(read_photograph(tmp_path / "a.jpg").astype(int) - image)
    assert error.max() <= 12


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_are_reduced_to_eight(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    # 257 times an 8-bit value is that value in 16 bits.
    cv2.imwrite(str(path), COLORS[..., ::-1].astype(np.uint16) * 257)
    read = read_photograph(path)
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, COLORS)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_gray_is_repeated_over_the_channels(tmp_path, depth):
    gray = np.arange(48, dtype=depth).reshape(6, 8)
    factor = 257 if depth == np.uint16 else 1
    cv2.imwrite(str(tmp_path / "a.png"), gray * depth(factor))
    read = read_photograph(tmp_path / "a.png")
    np.testing.assert_array_equal(read, np.dstack([gray] * 3))


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_parts_become_black(tmp_path, mode):
    # White everywhere, transparent on the right: over black it is black.
    image = np.full((4, 6, len(mode)), 255, np.uint8)
    image[:, 3:, -1] = 0
    image[0, 0, -1] = 51  # 255 * 51 / 255
    Image.fromarray(image, mode).save(tmp_path / "a.png")
    read = read_photograph(tmp_path / "a.png")
    assert (read[:, 3:] == 0).all()
    assert (read[1:, :3] == 255).all()
    assert read[0, 0].tolist() == [51, 51, 51]


def test_exif_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # Shown rotated by 90 degrees clockwise.
    image = _smooth()
    Image.fromarray(image).save(tmp_path / "a.jpg", exif=exif, quality=98)
    read = read_photograph(tmp_path / "a.jpg").astype(int)
    assert np.abs(read - np.rot90(image, -1)).max() <= 4


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_truncated_files_are_refused(tmp_path, suffix, share):
    whole, cut = tmp_path / f"whole.{suffix}", tmp_path / f"cut.{suffix}"
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    # The thumbnail's own end marker must not be taken for the file's.
    Image.fromarray(noise).save(whole, exif=_exif_with_thumbnail())
    data = whole.read_bytes()
    cut.write_bytes(data[: int(len(data) * share)])
    assert read_photograph(whole).shape == (40, 60, 3)
    with pytest.raises(UnreadablePhotographError, match=f"cut.{suffix}"):
        read_photograph(cut)


def _exif_with_thumbnail() -> bytes:
    _, thumbnail = cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))
    exif = Image.Exif()
    exif[0x927C] = thumbnail.tobytes()  # As a maker's note.
    return exif.tobytes()


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_bytes_after_the_end_do_no_harm(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(COLORS).save(path)
    before = read_photograph(path)
    path.write_bytes(path.read_bytes() + b"\0trailing\xff")
    np.testing.assert_array_equal(read_photograph(path), before)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (
            b"Image name,Retinopathy grade\n",
            "not a JPEG, PNG, TIFF, WebP or BMP",
        ),
        (b"\xff\xd8\xff\xd9", "damaged"),
        (b"\x89PNG\r\n\x1a\nIEND\xaeB`\x82", "cut short"),
        (b"II*\0\xff\xff\xff\xff", "cut short"),
    ],
)
def test_what_is_no_photograph_is_named(tmp_path, content, reason):
    path = tmp_path / "IDRiD_001.jpg"
    path.write_bytes(content)
    for read in (read_photograph, read_mask):
        with pytest.raises(UserError, match=reason) as caught:
            read(path)
        assert str(caught.value).startswith(str(path))
        assert "\n" not in str(caught.value)


def test_missing_file_and_folder_are_named(tmp_path):
    with pytest.raises(UserError, match="gone.jpg: no such file"):
        read_photograph(tmp_path / "gone.jpg")
    with pytest.raises(UserError, match=str(tmp_path)):
        read_photograph(tmp_path)


def _png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    header = struct.pack(">I", 13) + header
    header += struct.pack(">I", zlib.crc32(header[4:]))
    return b"\x89PNG\r\n\x1a\n" + header + b"\0\0\0\0IEND\xaeB`\x82"


def test_huge_photograph_is_refused_before_it_is_decoded(tmp_path):
    path = tmp_path / "huge.png"
    path.write_bytes(_png_header(20_000, 10_001))
    with pytest.raises(UserError, match="20000 x 10001 .* 200 megapixels"):
        read_photograph(path)
    # One row less is allowed, and found to hold no pixels.
    path.write_bytes(_png_header(200, 100))
    with pytest.raises(UserError, match="cut short"):
        read_photograph(path)


@pytest.mark.parametrize("name", ["m.tif", "m.png"])
def test_palette_mask_is_lesion_wherever_it_is_not_zero(tmp_path, name):
    mask = np.zeros((5, 7), np.uint8)
    mask[1, 2:5] = 1
    image = Image.fromarray(mask, "P")
    image.putpalette([0, 0, 0, 255, 0, 0])  # Index 1 is red, as in IDRiD.
    image.save(tmp_path / name)
    read = read_mask(tmp_path / name)
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, mask)


@pytest.mark.parametrize("value", [1, 255, 65535])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bit_mask_of_small_values_is_not_lost(tmp_path, suffix, value):
    mask = np.zeros((5, 7), np.uint16)
    mask[0, 6] = value
    cv2.imwrite(str(tmp_path / f"m.{suffix}"), mask)
    read = read_mask(tmp_path / f"m.{suffix}")
    assert np.argwhere(read).tolist() == [[0, 6]]
    assert read.max() == 1
