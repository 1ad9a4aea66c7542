"""Lesion masks as the usual tools write them, with the known lesion."""

import io
import pathlib
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import tifffile
from campaign.mutations import MUTATIONS
from campaign.outcome import Outcome, of_error
from campaign.strict import damage
from PIL import Image

__all__ = ["WRITERS", "make_judge"]

_DAMAGED = 0.25


def _png(pixels: np.ndarray) -> bytes:
    stored = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        stored = pixels[..., [2, 1, 0, 3]]
    return cv2.imencode(".png", stored)[1].tobytes()


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _channel(number: int, value: int) -> Callable[[np.ndarray], bytes]:
    def write(mask: np.ndarray) -> bytes:
        pixels = np.zeros((*mask.shape, 3), np.uint8)
        pixels[..., number] = mask * value
        return _png(pixels)

    return write


def _hidden_white(mask: np.ndarray) -> bytes:
    """White everywhere; alpha shows the lesion."""
    white = np.full((*mask.shape, 3), 255, np.uint8)
    return _png(np.dstack([white, mask * 255]))


def _palette(mask: np.ndarray) -> bytes:
    image = Image.fromarray(mask)
    image.putpalette([0, 0, 0, 255, 0, 0])
    return _saved(image, "PNG")


def _palette_tiff(mask: np.ndarray) -> bytes:
    image = Image.fromarray(mask)
    image.putpalette([0, 0, 0, 255, 0, 0] + [0] * 762)
    return _saved(image, "TIFF")


def _tiff(mask: np.ndarray) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, mask.astype(np.uint16) * 65_535, metadata=None)
    return file.getvalue()


WRITERS: dict[str, Callable[[np.ndarray], bytes]] = {
    "gray 255": lambda mask: _png(mask * 255),
    "gray 1": lambda mask: _png(mask),
    "16 bits": lambda mask: _png(mask.astype(np.uint16) * 65_535),
    "16 bits of 1": lambda mask: _png(mask.astype(np.uint16)),
    "red 255": _channel(0, 255),
    "red 3": _channel(0, 3),
    "green 1": _channel(1, 1),
    "blue 1": _channel(2, 1),
    "alpha over white": _hidden_white,
    "palette": _palette,
    "palette TIFF": _palette_tiff,
    "one bit": lambda mask: _saved(Image.fromarray(mask > 0), "PNG"),
    "TIFF of 16 bits": _tiff,
    "inverted": lambda mask: _png((1 - mask) * 255),
    "JPEG": lambda mask: _saved(Image.fromarray(mask * 255), "JPEG"),
}
_SUFFIXES = {"palette TIFF": ".tif", "TIFF of 16 bits": ".tif", "JPEG": ".jpg"}


def _lesion(rng: np.random.Generator) -> np.ndarray:
    """Up to twelve spots, as lesions are: a small part of the frame."""
    mask = np.zeros((200, 240), np.uint8)
    for _ in range(int(rng.integers(1, 12))):
        center = (int(rng.integers(30, 210)), int(rng.integers(30, 170)))
        cv2.circle(mask, center, int(rng.integers(2, 12)), 1, -1)
    return mask


class _Masks:
    def __init__(self, seed: int, folder: pathlib.Path, shared: pathlib.Path):
        self.seed, self.folder = seed, folder

    def __call__(self, index: int) -> Outcome:
        from dmtdr_tf.preprocessing import FieldOfView, read_mask
        from dmtdr_tf.preprocessing.mask_placement import check_placement

        rng = np.random.default_rng([self.seed, index])
        mask = _lesion(rng)
        kind = list(WRITERS)[index % len(WRITERS)]
        data, found = WRITERS[kind](mask), ""
        path = self.folder / f"mask{_SUFFIXES.get(kind, '.png')}"
        if rng.random() < _DAMAGED:
            mutation = list(MUTATIONS)[int(rng.integers(len(MUTATIONS)))]
            data = MUTATIONS[mutation](rng, data)
            found, kind = damage(data), f"{kind}, {mutation}"
        path.write_bytes(data)
        try:
            answer = read_mask(path)
        except Exception as error:
            return of_error(kind, error)
        try:
            # As data sets do: what covers most of the field is refused.
            view = FieldOfView(top=0, left=20, side=200, height=200, width=240)
            check_placement(answer, view)
        except ValueError as error:
            return Outcome(kind, "refused", str(error)[:200])
        except Exception as error:
            return of_error(kind, error)
        if found:
            return Outcome(kind, "wrong", f"damaged accepted: {found[:120]}")
        if "," in kind:
            return Outcome(kind, "accepted")
        area = int(answer.sum())
        # A lossy file may move an edge by a pixel; no other may.
        off = np.abs(answer.astype(int) - mask).sum()
        allowed = 0.35 * mask.sum() if kind == "JPEG" else 0
        if off > allowed:
            text = f"{area} pixels are lesion, not {int(mask.sum())}"
            return Outcome(kind, "wrong", text)
        return Outcome(kind, "accepted")


def make_judge(**arguments: Any) -> Callable[[int], Outcome]:
    """Returns the judge of this part's inputs, for a worker."""
    return _Masks(**arguments)
