"""How far an export's answers are from those of the Keras model."""

import collections
from collections.abc import Iterable
from typing import Any

import numpy as np

from dmtdr_tf.evaluation.lesions import LesionFigures
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import LESIONS
from dmtdr_tf.metrics.psnr import psnr_per_image
from dmtdr_tf.parity.photograph import Photograph
from dmtdr_tf.parity.runners.runner import Outputs

__all__ = ["OUTPUTS", "Parity", "correlation"]

OUTPUTS = (
    "super_resolution",
    "lesions",
    "grade",
    "grade_probabilities",
    "evidence",
)


class Parity:
    """Collects the differences of one export, one photograph at a time.

    Args:
        name: The export's name, for error messages.

    Example:
    ```python
    parity = Parity("model.tflite")
    for photograph in photographs:
        low_res = photograph.low_res[None]
        parity.update(photograph, keras(low_res), export(low_res))
    parity.result()["grades_kept"]  # 1.0
    ```
    """

    def __init__(self, name: str):
        self._name = name
        self._rows: list[dict[str, Any]] = []
        self._precision = {"keras": LesionFigures(), "export": LesionFigures()}
        self._missing: set[str] = set()
        self._not_finite: collections.Counter[str] = collections.Counter()

    def update(
        self, photograph: Photograph, keras: Outputs, export: Outputs
    ) -> None:
        """Compares the answers to one photograph.

        Args:
            photograph: The photograph that both were given.
            keras: The Keras model's answers; see `Runner`.
            export: The export's answers; outputs may be missing.

        Raises:
            UserError: An answer of the Keras model is not finite, or one of
                the export's has another shape.
        """
        export = self._checked(keras, export)
        row: dict[str, Any] = {
            "photograph": photograph.name,
            "max_difference": {},
            "mean_difference": {},
        }
        for name, answer in export.items():
            difference = np.abs(answer - keras[name])
            row["max_difference"][name] = float(difference.max())
            row["mean_difference"][name] = float(difference.mean())
            if name == "lesions":
                row["lesions"] = _by_lesion(difference)
        if "super_resolution" in export:
            row |= _restoration(photograph, keras, export)
        if "evidence" in export:
            row["evidence_correlation"] = correlation(
                keras["evidence"], export["evidence"]
            )
        if "grade_probabilities" in export:
            row["grade"] = _grades(keras, export)
        if photograph.lesions is not None and "lesions" in export:
            masks = np.uint8(photograph.lesions[None] > 0)
            for side, answers in (("keras", keras), ("export", export)):
                self._precision[side].update(masks, [1], answers["lesions"])
        self._rows.append(row)

    def _checked(self, keras: Outputs, export: Outputs) -> Outputs:
        """The export's answers, counted and cleared where not finite."""
        checked = {}
        for name, expected in keras.items():
            if not np.isfinite(expected).all():
                raise UserError(
                    f"the Keras model's {name} is not finite; its weights "
                    "are damaged or its training diverged",
                    argument="workdir",
                )
            if name not in export:
                self._missing.add(name)
                continue
            answer = np.asarray(export[name], np.float32)
            if answer.shape != expected.shape:
                raise UserError(
                    f"{self._name}: {name} has the shape {answer.shape}, but "
                    f"the Keras model's has {expected.shape}: it was not "
                    "exported from this workdir"
                )
            if not np.isfinite(answer).all():
                self._not_finite[name] += 1
                answer = np.nan_to_num(answer, posinf=0.0, neginf=0.0)
            checked[name] = answer
        return checked

    def result(self) -> dict[str, Any]:
        """Sums up the photographs so far.

        Returns:
            Nested dictionaries ready for JSON: `outputs` (figures by output),
            `grades_kept` (a share), `flips` (the photographs whose grade
            changed), `missing` (outputs), `not_finite` (the number of
            photographs, by output) and `photographs` (the figures of each).
            A figure that was not measured is None.
        """
        rows = self._rows
        grades = [row["grade"] for row in rows if "grade" in row]
        flips = [
            {"photograph": row["photograph"], **row["grade"]}
            for row in rows
            if "grade" in row and _flipped(row["grade"])
        ]
        outputs: dict[str, Any] = {
            name: self._differences(name)
            for name in OUTPUTS
            if name not in self._missing
        }
        if "super_resolution" in outputs:
            outputs["super_resolution"] |= _psnr(rows)
        if "lesions" in outputs:
            outputs["lesions"] |= self._lesions()
        if "evidence" in outputs:
            correlations = _column(rows, "evidence_correlation")
            outputs["evidence"]["correlation"] = {
                "mean": _mean(correlations),
                "min": min(correlations, default=None),
            }
        kept = len(grades) - len(flips)
        return {
            "outputs": outputs,
            "grades_kept": kept / len(grades) if grades else None,
            "flips": flips,
            "missing": sorted(self._missing),
            "not_finite": dict(self._not_finite),
            "photographs": rows,
        }

    def _differences(self, name: str) -> dict[str, float | None]:
        largest = _column([row["max_difference"] for row in self._rows], name)
        means = _column([row["mean_difference"] for row in self._rows], name)
        return {
            "max_difference": max(largest, default=None),
            "mean_difference": _mean(means),
        }

    def _lesions(self) -> dict[str, Any]:
        figures = {
            side: figures.result() for side, figures in self._precision.items()
        }
        by_lesion = {}
        for lesion in LESIONS:
            rows = [row["lesions"][lesion] for row in self._rows]
            keras, export = (
                figures[side][lesion]["average_precision"]["per_image"]
                for side in ("keras", "export")
            )
            by_lesion[lesion] = {
                "max_difference": max(_column(rows, "max"), default=None),
                "mean_difference": _mean(_column(rows, "mean")),
                "average_precision": {
                    "keras": keras,
                    "export": export,
                    "loss": None if keras is None else keras - export,
                },
                "photographs_with_lesion": figures["keras"][lesion][
                    "photographs_with_lesion"
                ],
            }
        return {"by_lesion": by_lesion}


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Computes Pearson's correlation of two maps.

    Args:
        first: Any shape.
        second: The same shape.

    Returns:
        A value in [-1, 1]. A constant map has no correlation with anything:
        the value is then 1 if both maps are equal, and 0 otherwise.

    Example:
    >>> correlation(np.array([1.0, 1.0, 1.0]), np.array([0.0, 2.0, 4.0]))
    0.0
    """
    x, y = (np.asarray(m, np.float64).ravel() for m in (first, second))
    x, y = x - x.mean(), y - y.mean()
    size = np.linalg.norm(x) * np.linalg.norm(y)
    if size == 0.0:
        return float(np.array_equal(first, second))
    return float(np.clip(x @ y / size, -1.0, 1.0))


def _by_lesion(difference: np.ndarray) -> dict[str, dict[str, float]]:
    return {
        lesion: {
            "max": float(difference[..., i].max()),
            "mean": float(difference[..., i].mean()),
        }
        for i, lesion in enumerate(LESIONS)
    }


def _restoration(
    photograph: Photograph, keras: Outputs, export: Outputs
) -> dict[str, Any]:
    """PSNR in dB: export against Keras, and both against the original."""
    answers = {
        "keras": keras["super_resolution"],
        "export": export["super_resolution"],
    }
    figures: dict[str, Any] = {
        "psnr_to_keras": _decibels(answers["keras"], answers["export"])
    }
    if photograph.high_res is not None:
        truth = photograph.high_res[None]
        figures["psnr"] = {
            side: _decibels(truth, answer) for side, answer in answers.items()
        }
    return figures


def _decibels(truth: np.ndarray, answer: np.ndarray) -> float:
    return float(psnr_per_image(truth, answer)[0])


def _grades(keras: Outputs, export: Outputs) -> dict[str, Any]:
    probabilities = {
        side: answers["grade_probabilities"][0]
        for side, answers in (("keras", keras), ("export", export))
    }
    return {
        side: {
            "grade": int(np.argmax(values)),
            "probabilities": [float(value) for value in values],
        }
        for side, values in probabilities.items()
    }


def _flipped(grade: dict[str, Any]) -> bool:
    return grade["keras"]["grade"] != grade["export"]["grade"]


def _psnr(rows: list[dict[str, Any]]) -> dict[str, Any]:
    to_keras = _column(rows, "psnr_to_keras")
    known = _column(rows, "psnr")
    keras = _mean([row["keras"] for row in known])
    export = _mean([row["export"] for row in known])
    return {
        "psnr_to_keras": {
            "mean": _mean(to_keras),
            "min": min(to_keras, default=None),
        },
        "psnr": {
            "keras": keras,
            "export": export,
            "loss": (
                None if keras is None or export is None else keras - export
            ),
        },
    }


def _column(rows: Iterable[dict[str, Any]], name: str) -> list[Any]:
    return [row[name] for row in rows if name in row]


def _mean(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None
