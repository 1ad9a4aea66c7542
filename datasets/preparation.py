"""Prepares one photograph and its masks for the records."""

import dataclasses
import os
import pathlib
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
import tensorflow_datasets as tfds

from dmtdr_tf.labels import LESIONS
from dmtdr_tf.preprocessing.cropping import crop_mask
from dmtdr_tf.preprocessing.field_of_view import (
    FieldOfView,
    NoFieldOfViewError,
)
from dmtdr_tf.preprocessing.prepare import prepare
from dmtdr_tf.preprocessing.reading import (
    UnreadablePhotographError,
    read_mask,
)

__all__ = ["Source", "features", "prepare_sample"]

# Fixed PNG filters: searching for the best one takes longer (measured at 1024
# pixels: 50 ms instead of 28 for a photograph, 25 instead of 8 for masks) and
# makes the files no smaller.
_PNG_FILTER = getattr(cv2, "IMWRITE_PNG_FILTER", None)  # OpenCV before 4.11
_PNG_AVERAGE, _PNG_SUB = 64, 16


# Of the measures of quality; more would be another version of the records.
_STORED_MEASURES = ("sharpness", "brightness", "overexposed", "field")


@dataclasses.dataclass(frozen=True)
class Source:
    """One photograph's files and labels.

    Args:
        name: Name of the sample, unique in the data set.
        image: File of the photograph.
        masks: Mask files in the order MA, HM, SE, HE; None where no such
            lesion was annotated; empty if lesions were not annotated at all.
        labels: The other features: `grade` and those of the data set.
    """

    name: str
    image: pathlib.Path
    masks: tuple[pathlib.Path | None, ...]
    labels: Mapping[str, Any]

    def features(self) -> dict[str, Any]:
        """Returns the features that do not come from a picture."""
        return {
            "has_lesions": bool(self.masks),
            "name": self.name,
            **self.labels,
        }

    def stamp(self) -> str:
        """Returns a text that changes when one of the files does."""
        files = [self.image, *(mask for mask in self.masks if mask)]
        return " ".join(
            f"{file.name} {stat.st_size} {stat.st_mtime_ns}"
            for file in files
            if (stat := _stat(file))
        )


def features(size: int, **labels: Any) -> tfds.features.FeaturesDict:
    """Returns the features of a data set of photographs.

    Args:
        size: Side of photograph and masks, in pixels.
        **labels: Features of the data set in addition to the common ones.

    Returns:
        The features.
    """
    return tfds.features.FeaturesDict(
        {
            "photograph": tfds.features.Image(
                shape=(size, size, 3), encoding_format="png"
            ),
            "lesions": tfds.features.Image(
                shape=(size, size, len(LESIONS)), encoding_format="png"
            ),
            "has_lesions": np.bool_,
            "grade": np.int64,
            "name": tfds.features.Text(),
            "quality": dict.fromkeys(_STORED_MEASURES, np.float32),
            **labels,
        }
    )


def prepare_sample(source: Source, size: int) -> dict[str, Any] | str:
    """Reads, measures, crops and encodes one photograph and its masks.

    Args:
        source: The photograph's files and labels.
        size: Side of the result, in pixels.

    Returns:
        `photograph` and `lesions` as PNG bytes, and `quality`; or, when a
        file cannot be used, the line that says why.
    """
    try:
        prepared = prepare(source.image)
        lesions = _read_lesions(source, prepared.field_of_view, size)
    except (UnreadablePhotographError, NoFieldOfViewError) as error:
        return str(error)
    return {
        "photograph": _photograph_png(prepared.crop(size)),
        "lesions": _lesions_png(lesions),
        "quality": {
            name: getattr(prepared.quality, name) for name in _STORED_MEASURES
        },
    }


def _stat(file: pathlib.Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        # Reading the file will report it.
        return None


def _read_lesions(
    source: Source, field_of_view: FieldOfView, size: int
) -> np.ndarray:
    """Returns uint8 `[size, size, 4]`, 0 or 255."""
    lesions = np.zeros((size, size, len(LESIONS)), np.uint8)
    for channel, path in enumerate(source.masks):
        if path is None:
            continue
        mask = read_mask(path)
        height, width = field_of_view.height, field_of_view.width
        if mask.shape != (height, width):
            raise UnreadablePhotographError(
                f"{path}: the mask has {mask.shape[1]} x {mask.shape[0]} "
                f"pixels, its photograph {width} x {height}"
            )
        lesions[..., channel] = 255 * crop_mask(mask, field_of_view, size)
    return lesions


def _photograph_png(photograph: np.ndarray) -> bytes:
    image = cv2.cvtColor(photograph, cv2.COLOR_RGB2BGR)
    return _png(image, _PNG_AVERAGE, cv2.IMWRITE_PNG_STRATEGY_RLE)


def _lesions_png(lesions: np.ndarray) -> bytes:
    image = cv2.cvtColor(lesions, cv2.COLOR_RGBA2BGRA)
    return _png(image, _PNG_SUB, cv2.IMWRITE_PNG_STRATEGY_DEFAULT)


def _png(image: np.ndarray, row_filter: int, strategy: int) -> bytes:
    settings = [cv2.IMWRITE_PNG_COMPRESSION, 1]
    settings += [cv2.IMWRITE_PNG_STRATEGY, strategy]
    if _PNG_FILTER is not None:
        settings += [_PNG_FILTER, row_filter]
    _, data = cv2.imencode(".png", image, settings)
    return data.tobytes()
