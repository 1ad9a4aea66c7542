"""The pictures written for one photograph."""

import pathlib

import numpy as np

from dmtdr_tf.config import LESIONS
from dmtdr_tf.reporting.overlays import draw_lesions
from dmtdr_tf.reporting.pictures import to_uint8, write_picture
from dmtdr_tf.reporting.prediction import Prediction

RESULT_FILES = (
    "super_resolution.png",
    *(f"lesions_{lesion}.png" for lesion in LESIONS),
    "overlay.jpg",
    "evidence.png",
)


def write_results(
    folder: pathlib.Path, prediction: Prediction, masks: np.ndarray
) -> None:
    """Writes the pictures of one photograph.

    `lesions_*.png` (masks, 0 or 255), `overlay.jpg` and `evidence.png` (0 to
    255) have the original photograph's size; `super_resolution.png` is the
    square around the field of view.

    Args:
        folder: Made if it does not exist.
        prediction: The four outputs.
        masks: From `prediction.lesion_masks`.

    Raises:
        OSError: A file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {
        "super_resolution.png": to_uint8(prediction.super_resolution),
        "overlay.jpg": draw_lesions(prediction.photograph, masks),
        "evidence.png": prediction.whole_evidence(),
    }
    for i, lesion in enumerate(LESIONS):
        pictures[f"lesions_{lesion}.png"] = masks[..., i].astype(np.uint8) * 255
    for name in RESULT_FILES:
        write_picture(folder / name, pictures[name])


def unique_folder(stem: str, taken: set[str]) -> str:
    """Returns a folder's name that no other photograph has.

    Args:
        stem: The photograph's file name without its suffix.
        taken: Names in use, in lower case (some file systems tell no case
            apart); the new one is added.

    Returns:
        The stem, or the stem with a number: `eye`, `eye-2`, `eye-3`.
    """
    name, count = stem, 1
    while name.lower() in taken:
        count += 1
        name = f"{stem}-{count}"
    taken.add(name.lower())
    return name
