"""What a prepared data set holds: counts, and what looks wrong."""

import collections
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import cv2
import numpy as np
import tensorflow_datasets as tfds

from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.data.duplicates import find_duplicates, fingerprint
from dmtdr_tf.labels import GRADES, LESIONS
from dmtdr_tf.preprocessing.field_of_view import FieldOfView
from dmtdr_tf.preprocessing.quality import (
    UngradablePhotographError,
    check_quality,
    measure_quality,
)

# A prepared photograph is darker than this, of 255, outside the field of view.
_BACKGROUND = 16


@dataclasses.dataclass(frozen=True)
class Entry:
    """One prepared photograph.

    Args:
        dataset: Its data set and configuration.
        split: Its split.
        name: Its name there.
        photograph: uint8 `[S, S, 3]`.
        lesions: uint8 `[S, S, 4]`, 0 or 255.
        has_lesions: Whether lesions were annotated.
        grade: 0 to 4; -1 where unknown.
    """

    dataset: str
    split: str
    name: str
    photograph: np.ndarray
    lesions: np.ndarray
    has_lesions: bool
    grade: int


def read_entries(made: tfds.core.DatasetBuilder) -> Iterator[Entry]:
    """Reads every prepared photograph of a data set.

    Args:
        made: A prepared builder.

    Yields:
        The photographs, split by split.
    """
    for split in made.info.splits:
        samples = made.as_dataset(split=split, shuffle_files=False)
        for sample in samples.as_numpy_iterator():
            yield Entry(
                f"{made.name}/{made.builder_config.name}",
                split,
                sample["name"].decode(),
                sample["photograph"],
                sample["lesions"],
                bool(sample["has_lesions"]),
                int(sample["grade"]),
            )


class Census:
    """Counts photographs, and finds what looks wrong.

    Example:
    >>> census = Census()
    >>> for entry in read_entries(builder):
    ...     census.add(entry)
    >>> census.result()["duplicates"]
    []
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], collections.Counter]
        self._counts = collections.defaultdict(collections.Counter)
        self._fingerprints: list[np.ndarray] = []
        self._places: list[tuple[str, str, str]] = []
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
        place = (entry.dataset, entry.split, entry.name)
        for lesion, count in lesions_outside(entry).items():
            self._outside.append(
                {**_named(place), "lesion": lesion, "components": count}
            )
        reason = _too_poor(entry.photograph)
        if reason:
            self._poor.append({**_named(place), "reason": reason})
        self._places.append(place)
        self._grades.append(entry.grade)
        self._fingerprints.append(fingerprint(entry.photograph))

    def result(
        self,
        published: Mapping[str, Mapping[str, Mapping[str, int]]] | None = None,
    ) -> dict[str, Any]:
        """Returns the counts and the findings, ready for JSON.

        Args:
            published: Data set to split (or several, joined by `+`) to count
                to what others say it is.

        Returns:
            `counts` by data set and split; `duplicates`, pairs of photographs
            that are one, with their correlation, whether they lie in
            different splits and whether their grades contradict each
            other; `masks_outside`, photographs with a connected
            part of a mask that lies outside the field of view altogether;
            `poor`, photographs that prediction would refuse, and why;
            `differences` from what is published.
        """
        keys = [
            "photographs",
            *(f"grade {grade}" for grade in range(len(GRADES))),
            "grade unknown",
            "annotated",
            *LESIONS,
        ]
        counts: dict[str, dict[str, dict[str, int]]] = {}
        for (dataset, split), found in self._counts.items():
            row = {key: found[key] for key in keys}
            counts.setdefault(dataset, {})[split] = row
        prints = np.reshape(self._fingerprints, (len(self._places), -1))
        duplicates = [
            {
                "first": _named(self._places[i]),
                "second": _named(self._places[j]),
                "correlation": round(alike, 4),
                "across_splits": self._places[i][1] != self._places[j][1],
                "grades_conflict": len(
                    {self._grades[i], self._grades[j]} - {-1}
                )
                > 1,
            }
            for i, j, alike in find_duplicates(prints)
        ]
        return {
            "counts": counts,
            "duplicates": duplicates,
            "masks_outside": self._outside,
            "poor": self._poor,
            "differences": _differences(counts, published or {}),
        }


def lesions_outside(entry: Entry) -> Mapping[str, int]:
    """Counts the parts of masks that lie outside the field of view.

    Args:
        entry: The photograph.

    Returns:
        Lesion to the number of its connected parts without any pixel inside;
        lesions without such a part are left out.
    """
    inside = entry.photograph.max(axis=-1) >= _BACKGROUND
    found = {}
    for channel, lesion in enumerate(LESIONS):
        parts, labels = cv2.connectedComponents(
            (entry.lesions[..., channel] > 0).astype(np.uint8)
        )
        seen = np.bincount(labels[inside], minlength=parts)
        outside = int((seen[1:] == 0).sum())
        if outside:
            found[lesion] = outside
    return found


def _differences(counts, published) -> list[dict[str, Any]]:
    """Where a count is not the published one."""
    expected = [
        (dataset, joined, what, number)
        for dataset, splits in published.items()
        for joined, numbers in splits.items()
        for what, number in numbers.items()
    ]
    found = []
    for dataset, joined, what, number in expected:
        rows = counts.get(dataset, {})
        there = [split for split in joined.split("+") if split in rows]
        counted = sum(rows[split][what] for split in there)
        if counted != number:
            found.append(
                {
                    "dataset": dataset,
                    "split": joined,
                    "count": what,
                    "counted": counted,
                    "published": number,
                }
            )
    return found


def _too_poor(photograph: np.ndarray) -> str:
    """Why prediction would refuse a prepared photograph; empty if not."""
    side = len(photograph)
    whole = FieldOfView(0, 0, side, side, side)
    try:
        check_quality(measure_quality(photograph, whole), QualityConfig())
    except UngradablePhotographError as error:
        return str(error)
    return ""


def _named(place: tuple[str, str, str]) -> dict[str, str]:
    return dict(zip(("dataset", "split", "name"), place, strict=True))
