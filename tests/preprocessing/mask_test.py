"""Masks as the usual tools write them: read as meant, or refused."""

import io

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import read_mask

LESION = np.zeros((60, 80), np.uint8)
LESION[20:30, 20:40] = 1
LESION[50, 70] = 1
WIDE = LESION.astype(np.uint16)
FULL = np.full_like(LESION, 255)
NONE = np.zeros_like(LESION)


def _pillow(pixels, mode=None, kind="PNG", palette=None, **settings):
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if mode and mode != image.mode:
        image = Image.frombytes(mode, image.size, image.tobytes())
    if palette is not None:
        image.putpalette(palette)
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def _tiff(pixels, **settings):
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **settings)
    return file.getvalue()


def _opencv(pixels):
    return cv2.imencode(".png", pixels)[1].tobytes()


def _soft(pixels):
    """An edge as drawing with smoothing leaves it."""
    large = cv2.resize(pixels * 255, None, fx=4, fy=4, interpolation=0)
    return cv2.resize(np.roll(large, 2, 1), (80, 60), interpolation=3)


RED = [0, 0, 0, 255, 0, 0]
SEEN = {
    "gray 255": _pillow(LESION * 255),
    "gray 1": _pillow(LESION),
    "gray 76": _pillow(LESION * 76),
    "1 bit": _pillow(LESION.astype(bool)),
    "1 bit fax": _pillow(
        LESION.astype(bool), kind="TIFF", compression="group4"
    ),
    "red 3": _pillow(np.dstack([LESION * 3, NONE, NONE])),
    "white on black, opaque": _pillow(np.dstack([LESION * 255] * 3 + [FULL])),
    "white hidden": _pillow(np.dstack([FULL] * 3 + [LESION * 255])),
    "black on transparent": _pillow(np.dstack([NONE] * 3 + [LESION * 255])),
    "pale red on transparent": _pillow(
        np.dstack([FULL, NONE, NONE, LESION * 100])
    ),
    "hidden colors": _pillow(
        np.dstack([(1 - LESION) * 9, LESION * 99, NONE, LESION * 255])
    ),
    "white on black, outside transparent": _pillow(
        np.dstack([LESION * 255] * 3 + [np.pad(FULL[5:-5], ((5, 5), (0, 0)))])
    ),
    "gray and alpha": _pillow(np.dstack([FULL, LESION * 255])),
    "gray black and alpha": _pillow(np.dstack([NONE, LESION * 255])),
    "gray, color 0 transparent": _pillow(LESION * 255, transparency=0),
    "rgb, black transparent": _pillow(
        np.dstack([LESION * 255] * 3), transparency=(0, 0, 0)
    ),
    "rgb, white transparent": _pillow(
        np.dstack([255 - LESION * 255] * 3), transparency=(255, 255, 255)
    ),
    "palette": _pillow(LESION, "P", palette=RED),
    "palette tiff": _pillow(
        LESION, "P", "TIFF", palette=RED, compression="tiff_lzw"
    ),
    "palette, black lesion on transparent": _pillow(
        LESION, "P", palette=[0, 0, 0, 0, 0, 1], transparency=0
    ),
    "palette, gray": _pillow(LESION, "P", palette=[0, 0, 0, 3, 3, 3]),
    "16 bits 1": _opencv(WIDE),
    "16 bits 65535": _opencv(WIDE * 65535),
    "16 bits 1 rgb": _opencv(np.dstack([WIDE, WIDE, WIDE])),
    "16 bits alpha": _opencv(np.dstack([WIDE] * 3 + [WIDE * 65535])),
    "tiff 8 bits": _tiff(LESION, compression="zlib"),
    "tiff tiles": _tiff(LESION, tile=(64, 64)),
    "tiff 16 bits": _tiff(WIDE),
    "tiff 16 bits rgb": _tiff(np.dstack([WIDE] * 3), photometric="rgb"),
    "tiff alpha": _tiff(
        np.dstack([FULL] * 3 + [LESION * 255]),
        photometric="rgb",
        extrasamples=["unassalpha"],
    ),
    "tiff gray alpha": _tiff(
        np.dstack([NONE, LESION * 255]),
        photometric="minisblack",
        planarconfig="contig",
        extrasamples=["unassalpha"],
    ),
    "tiff white is zero": _tiff(255 - LESION * 255, photometric="miniswhite"),
}
# Few tools write these; a stricter reader may refuse them.
RARE = {
    "tiff 32 bits": _tiff(LESION.astype(np.int32)),
    "tiff 64 bits": _tiff(LESION.astype(np.uint64)),
    "tiff float": _tiff(LESION.astype(np.float32) * 0.4),
    "tiff double": _tiff(LESION.astype(np.float64)),
}


def _read(tmp_path, content, name="mask.png"):
    path = tmp_path / name
    path.write_bytes(content)
    return read_mask(path)


@pytest.mark.parametrize("kind", SEEN)
def test_mask_is_read_as_it_was_meant(tmp_path, kind):
    mask = _read(tmp_path, SEEN[kind])
    assert mask.dtype == np.uint8
    np.testing.assert_array_equal(mask, LESION)


@pytest.mark.parametrize("kind", RARE)
def test_rare_numbers_are_read_as_they_were_meant_or_refused(tmp_path, kind):
    try:
        mask = _read(tmp_path, RARE[kind])
    except UserError as error:
        assert "mask.png: " in str(error)
    else:
        np.testing.assert_array_equal(mask, LESION)


@pytest.mark.parametrize(
    "content",
    [
        _pillow(NONE),
        _pillow(NONE.astype(bool)),
        _pillow(np.dstack([NONE] * 4)),
        _pillow(np.dstack([FULL] * 3 + [NONE])),
        _opencv(WIDE * 0),
        _pillow(NONE, "P", palette=RED),
    ],
)
def test_empty_mask_is_empty(tmp_path, content):
    assert not _read(tmp_path, content).any()


def test_full_mask_is_full(tmp_path):
    assert _read(tmp_path, _pillow(FULL)).all()
    assert _read(tmp_path, _pillow(np.dstack([FULL, NONE, NONE]))).all()


@pytest.mark.parametrize("colors", [1, 3])
def test_soft_edge_is_cut_at_half(tmp_path, colors):
    soft = _soft(np.pad(LESION[20:30, 20:40], ((20, 30), (20, 40))))
    assert len(np.unique(soft)) > 2
    content = _pillow(soft if colors == 1 else np.dstack([soft] * 3))
    np.testing.assert_array_equal(_read(tmp_path, content), soft >= 127.5)


def test_soft_brush_on_transparent_is_cut_at_half(tmp_path):
    soft = _soft(np.pad(LESION[20:30, 20:40], ((20, 30), (20, 40))))
    content = _pillow(np.dstack([FULL * 0, FULL, NONE, soft]))
    np.testing.assert_array_equal(_read(tmp_path, content), soft >= 127.5)


LABELS = LESION * 2
LABELS[5:12, 5:12] = 1
SPOTS = LESION * 10
SPOTS[5, 5] = 1
COLORS = np.dstack([LESION * 255, np.roll(LESION, 30, 1) * 255, NONE])
REFUSED = {
    "jpeg": (_pillow(LESION * 255, kind="JPEG"), "a JPEG file blurs the edges"),
    "labels": (_pillow(LABELS), r"3 values \(0, 1, 2\)"),
    "wide labels": (_opencv(LABELS.astype(np.uint16)), r"3 values \(0, 1, 2\)"),
    "small label": (_pillow(SPOTS), r"3 values \(0, 1, 10\)"),
    "float labels": (_tiff(LABELS.astype(np.float32)), "3 values|floating"),
    "palette labels": (
        _pillow(LABELS, "P", palette=[*RED, 0, 255, 0]),
        "several colors",
    ),
    "colors": (_pillow(COLORS), "several colors"),
    "colors on transparent": (
        _pillow(np.dstack([COLORS, COLORS.max(axis=-1)])),
        "several colors",
    ),
    "ramp": (
        _pillow(np.tile(np.arange(80, dtype=np.uint8), (60, 1))),
        "values",
    ),
    "noise": (
        _pillow(np.random.default_rng(0).integers(0, 255, (60, 80), np.uint8)),
        "values",
    ),
    "black palette": (
        _pillow(LESION, "P", palette=[0] * 768),
        "two values in one color",
    ),
    "no background": (_pillow(LESION + 1), "no pixel has the value 0"),
    "red on white": (
        _pillow(np.dstack([FULL, 255 - LESION * 255, 255 - LESION * 255])),
        "no pixel has the value 0",
    ),
    "nothing visible": (
        _pillow(np.dstack([LESION * 255] * 3 + [NONE])),
        "every pixel is transparent",
    ),
    "pages": (_tiff(np.stack([NONE, LESION])), "2 pages|more than one"),
    "wide pages": (
        _tiff(np.stack([WIDE, WIDE]).astype(np.uint64)),
        "2 pages|more than|64",
    ),
    "animated": (
        _pillow(
            LESION * 255,
            save_all=True,
            append_images=[Image.fromarray(LESION * 128)],
        ),
        "2 pages|animated",
    ),
    "no number": (
        _tiff(np.where(LESION, 1, np.nan).astype(np.float32)),
        "negative or no number|signed",
    ),
    "negative": (
        _tiff(-LESION.astype(np.int16)),
        "negative or no number|signed",
    ),
    "cut": (_tiff(LESION, compression="zlib")[:-9], "damaged"),
    "hole": (
        SEEN["gray 255"][:45] + b"\0\0\0\0" + SEEN["gray 255"][49:],
        "damaged",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_does_not_say_what_is_lesion_is_refused(tmp_path, kind):
    content, message = REFUSED[kind]
    with pytest.raises(UserError, match=rf"mask\.png: .*({message})") as error:
        _read(tmp_path, content)
    assert "\n" not in str(error.value)


def test_missing_empty_and_foreign_files_are_named(tmp_path):
    for content, reason in ((b"", "empty"), (b"Image name\n", "not a JPEG")):
        with pytest.raises(UserError, match=rf"mask\.png: .*{reason}"):
            _read(tmp_path, content)
    with pytest.raises(UserError, match=r"gone\.png: no such file"):
        read_mask(tmp_path / "gone.png")


def test_masks_of_idrid_are_what_is_not_zero(idrid):
    folder = idrid / "A. Segmentation/2. All Segmentation Groundtruths"
    files = sorted(folder.rglob("*.tif"))
    assert files
    for file in files[::8]:
        gray = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        np.testing.assert_array_equal(read_mask(file), gray != 0)
