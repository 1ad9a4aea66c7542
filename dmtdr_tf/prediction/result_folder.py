"""The pictures written for one photograph."""

import csv
import pathlib

import numpy as np

from dmtdr_tf.drawing.overlays import draw_lesions
from dmtdr_tf.drawing.pictures import to_uint8, write_picture
from dmtdr_tf.labels import LESIONS
from dmtdr_tf.prediction.prediction import Prediction

TABLE_FILE = "predictions.csv"
REPORT_FILE = "index.html"
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
        The stem without dots and blanks at its ends, numbered where it is
        taken: `eye`, `eye-2`, `eye-3`.
    """
    # A file "..jpg" has the stem ".", which is no name for a folder.
    stem = stem.strip(". ") or "photograph"
    name, count = stem, 1
    while name.lower() in taken:
        count += 1
        name = f"{stem}-{count}"
    taken.add(name.lower())
    return name


def foreign_entry(output: pathlib.Path) -> pathlib.Path | None:
    """Looks in a folder for what an earlier prediction did not write.

    Args:
        output: The folder; it need not exist.

    Returns:
        The first such file or folder; None where everything may be replaced.
    """
    if not output.exists():
        return None
    if not output.is_dir():
        return output
    folders = _folders_of(output / TABLE_FILE)
    for entry in sorted(output.iterdir()):
        if entry.name in folders and entry.is_dir():
            strangers = {p.name for p in entry.iterdir()} - set(RESULT_FILES)
            if strangers:
                return entry / min(strangers)
        elif entry.name not in (TABLE_FILE, REPORT_FILE):
            return entry
    return None


def _folders_of(table: pathlib.Path) -> set[str]:
    """The folders that an earlier prediction's table lists."""
    try:
        with table.open(encoding="utf-8", newline="") as file:
            return {row.get("folder") or "" for row in csv.DictReader(file)}
    except (OSError, ValueError, csv.Error):
        return set()
