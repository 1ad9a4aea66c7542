"""Counts the photographs of a data set and finds likely errors."""

import collections
import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.data.duplicates import find_duplicates, fingerprint
from dmtdr_tf.data.entries import Entry
from dmtdr_tf.labels import GRADES, LESIONS
from dmtdr_tf.preprocessing.field_of_view import FieldOfView
from dmtdr_tf.preprocessing.quality import (
    UngradablePhotographError,
    check_quality,
    measure_quality,
)

__all__ = ["Census", "lesions_outside"]

# Prepared photographs are darker than this, of 255, outside the field of view.
_BACKGROUND = 16
_KEYS = (
    "photographs",
    *(f"grade {grade}" for grade in range(len(GRADES))),
    "grade unknown",
    "annotated",
    *LESIONS,
)
# A record holds the square around the retina, not the frame it was in: what
# is measured on the frame cannot refuse it.
_UNKNOWN = {"side": math.inf, "aspect": 1.0, "roundness": 1.0, "outside": 0.0}
# Data set to split to what is counted to the number.
_Counts = Mapping[str, Mapping[str, Mapping[str, int]]]


class Census:
    """Counts photographs and finds likely errors.

    Args:
        quality: Thresholds below which a photograph is too poor.

    Example:
    >>> from dmtdr_tf.data.entries import Entry
    >>> photograph = np.full((128, 128, 3), 90, np.uint8)
    >>> lesions = np.zeros((128, 128, 4), np.uint8)
    >>> census = Census()
    >>> census.add(Entry("eyes/128", "test", "a", photograph, lesions, True, 2))
    >>> census.result()["counts"]["eyes/128"]["test"]["grade 2"]
    1
    """

    def __init__(self, quality: QualityConfig | None = None) -> None:
        self._quality = quality or QualityConfig()
        self._counts: dict[tuple[str, str], collections.Counter[str]]
        self._counts = collections.defaultdict(collections.Counter)
        self._fingerprints: list[np.ndarray] = []
        self._names: list[dict[str, str]] = []
        self._grades: list[int] = []
        self._outside: list[dict[str, Any]] = []
        self._poor: list[dict[str, str]] = []

    def add(self, entry: Entry) -> None:
        """Counts one photograph.

        Args:
            entry: The photograph.
        """
        counts = self._counts[entry.dataset, entry.split]
        grade = str(entry.grade) if entry.grade >= 0 else "unknown"
        counts.update(["photographs", f"grade {grade}"])
        counts["annotated"] += entry.has_lesions
        for channel, lesion in enumerate(LESIONS):
            counts[lesion] += bool(entry.lesions[..., channel].any())
        name = {
            "dataset": entry.dataset,
            "split": entry.split,
            "name": entry.name,
        }
        for lesion, count in lesions_outside(entry).items():
            self._outside.append(
                {**name, "lesion": lesion, "components": count}
            )
        reason = _why_ungradable(entry.photograph, self._quality)
        if reason:
            self._poor.append({**name, "reason": reason})
        self._names.append(name)
        self._grades.append(entry.grade)
        self._fingerprints.append(fingerprint(entry.photograph))

    def result(self, published: _Counts | None = None) -> dict[str, Any]:
        """Returns the counts and the likely errors, ready for JSON.

        Args:
            published: Published counts: data set to split (or several, joined
                by `+`) to what is counted to the number.

        Returns:
            `counts`: by data set and split. `duplicates`: pairs of copies of
            one photograph, their correlation, whether they are in different
            splits and whether their grades contradict each other.
            `masks_outside`: photographs with a connected part of a mask that
            is completely outside the field of view. `poor`: photographs that
            prediction would refuse, and why, as far as the prepared square
            shows it. `differences`: counts that
            differ from the published ones.
        """
        counts: dict[str, dict[str, dict[str, int]]] = {}
        for (dataset, split), counter in self._counts.items():
            row = {key: counter[key] for key in _KEYS}
            counts.setdefault(dataset, {})[split] = row
        return {
            "counts": counts,
            "duplicates": self._duplicates(),
            "masks_outside": self._outside,
            "poor": self._poor,
            "differences": _differences(counts, published or {}),
        }

    def _duplicates(self) -> list[dict[str, Any]]:
        shape = (len(self._names), -1)
        pairs = find_duplicates(np.reshape(self._fingerprints, shape))
        return [
            {
                "first": self._names[i],
                "second": self._names[j],
                "correlation": round(correlation, 4),
                "across_splits": (
                    self._names[i]["split"] != self._names[j]["split"]
                ),
                "grades_conflict": self._grades_conflict(i, j),
            }
            for i, j, correlation in pairs
        ]

    def _grades_conflict(self, i: int, j: int) -> bool:
        return len({self._grades[i], self._grades[j]} - {-1}) > 1


def lesions_outside(entry: Entry) -> Mapping[str, int]:
    """Counts the parts of masks that are outside the field of view.

    Args:
        entry: The photograph.

    Returns:
        Lesion to the number of connected parts of its mask without any pixel
        in the field of view; lesions without such a part are not included.
    """
    inside = entry.photograph.max(axis=-1) >= _BACKGROUND
    counts = {}
    for channel, lesion in enumerate(LESIONS):
        parts, labels = cv2.connectedComponents(
            (entry.lesions[..., channel] > 0).astype(np.uint8)
        )
        pixels_inside = np.bincount(labels[inside], minlength=parts)
        outside = int((pixels_inside[1:] == 0).sum())
        if outside:
            counts[lesion] = outside
    return counts


def _differences(counts: _Counts, published: _Counts) -> list[dict[str, Any]]:
    """Returns the counts that differ from the published ones."""
    expected = [
        (dataset, splits, key, number)
        for dataset, by_split in published.items()
        for splits, numbers in by_split.items()
        for key, number in numbers.items()
    ]
    differences = []
    for dataset, splits, key, number in expected:
        rows = counts.get(dataset, {})
        present = [split for split in splits.split("+") if split in rows]
        counted = sum(rows[split][key] for split in present)
        if counted != number:
            differences.append(
                {
                    "dataset": dataset,
                    "split": splits,
                    "count": key,
                    "counted": counted,
                    "published": number,
                }
            )
    return differences


def _why_ungradable(photograph: np.ndarray, quality: QualityConfig) -> str:
    """Returns why prediction would refuse a photograph; empty if it would not.

    The photograph is already cropped to its field of view, so that only what
    the square still shows is judged.
    """
    side = len(photograph)
    whole = FieldOfView(0, 0, side, side, side)
    measured = measure_quality(photograph, whole)
    try:
        check_quality(dataclasses.replace(measured, **_UNKNOWN), quality)
    except UngradablePhotographError as error:
        return str(error)
    return ""
