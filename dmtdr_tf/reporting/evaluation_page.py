"""The page of an evaluation: figures, plots and photographs in one file."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from dmtdr_tf.data.identities import Identities
from dmtdr_tf.drawing import pictures
from dmtdr_tf.drawing.overlays import draw_lesions
from dmtdr_tf.evaluation.matching import SIZES
from dmtdr_tf.evaluation.measurement import Measurement
from dmtdr_tf.evaluation.protocols import Observe
from dmtdr_tf.evaluation.report import bootstrap_text
from dmtdr_tf.evaluation.rows import sections
from dmtdr_tf.files.whole_file import write_text
from dmtdr_tf.labels import GRADES
from dmtdr_tf.reporting import plots
from dmtdr_tf.reporting.extremes import Extremes
from dmtdr_tf.reporting.templates import template

__all__ = ["EvaluationPage"]

_SIDE = 384
# What photographs are ordered by: title, and how to say a value.
_ORDERS = {
    "grade": ("Grade", "probability of the true grade {:.2f}"),
    "lesions": ("Lesions", "mean average precision {:.2f}"),
    "gain": ("Super-resolution", "PSNR {:+.1f} dB over bicubic"),
}


class EvaluationPage:
    """Collects plots and photographs of an evaluation, and writes a page.

    Example:
    ```python
    page = EvaluationPage()
    figures = evaluate_workdir(
        "runs/demo", "evaluation.json", observe=page.observer
    )
    page.write("evaluation.html", figures)
    ```
    """

    def __init__(self) -> None:
        self._extremes = {name: Extremes() for name in _ORDERS}
        self._identities: Identities | None = None
        self._measurement: Measurement | None = None

    def observer(self, identities: Identities) -> Observe:
        """Returns what `evaluate_workdir` calls after each batch.

        Args:
            identities: The names of the photographs.
        """
        self._identities = identities
        return self._observe

    def _observe(
        self,
        batch: Mapping[str, Any],
        outputs: Mapping[str, Any],
        measurement: Measurement,
    ) -> None:
        self._measurement = measurement
        count = len(batch["grade"])
        logits = np.asarray(outputs["grade"], np.float64)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities = odds / odds.sum(axis=1, keepdims=True)
        gains = measurement.super_resolution.latest_gains
        for index in range(count):
            grade = int(batch["grade"][index])
            known = batch["has_grade"][index] > 0
            values = {
                "grade": probabilities[index][grade] if known else None,
                "lesions": measurement.lesions.latest[index],
                "gain": gains[index],
            }
            number = measurement.photographs - count + index

            def make(
                index: int = index,
                number: int = number,
                guess: int = int(probabilities[index].argmax()),
                grade: int | None = grade if known else None,
            ) -> dict[str, Any]:
                return {
                    "name": self._name(number),
                    "grade": grade,
                    "guess": guess,
                    **_pair(batch, outputs, index),
                }

            for name, value in values.items():
                if value is not None:
                    self._extremes[name].add(float(value), make)

    def _name(self, number: int) -> str:
        return self._identities.names[number] if self._identities else ""

    def write(
        self, path: str | os.PathLike[str], figures: Mapping[str, Any]
    ) -> None:
        """Writes the page, whole or not at all.

        Args:
            path: The HTML file.
            figures: What `evaluate_workdir` returned.

        Raises:
            OSError: The file cannot be written.
        """
        page = template("evaluation.html").render(
            figures=figures,
            about=figures["provenance"],
            sections=list(sections(figures)),
            bootstrap=bootstrap_text(figures) if "bootstrap" in figures else "",
            plots=self._plots(figures),
            audit=figures["audit"],
            sizes=("all", *SIZES),
            orders=[
                (title, text, self._extremes[name])
                for name, (title, text) in _ORDERS.items()
                if self._extremes[name].best
            ],
            grades=GRADES,
        )
        write_text(path, page)

    def _plots(self, figures: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
        """Title, explanation and drawing of each plot that has data."""
        if self._measurement is None:
            return []
        grading = self._measurement.grading
        counts = figures["grading"]["confusion_matrix"]
        drawings = [
            (
                "Referable: ROC",
                "Dotted: a model that guesses.",
                plots.roc_plot(grading),
            ),
            (
                "Referable: precision and recall",
                "Dotted: every photograph is referred.",
                plots.precision_recall_plot(grading),
            ),
            (
                "Reliability",
                "Dotted: perfect calibration. A dot's area is the number of "
                "photographs.",
                plots.reliability_plot(grading),
            ),
            (
                "Confusion of the grades",
                "Color: share of the true grade.",
                plots.confusion_plot(np.array(counts)) if counts else "",
            ),
            (
                "Lesions: precision and recall of pixels",
                "All pixels of all annotated photographs. Dots: threshold 0.5.",
                plots.lesion_plot(self._measurement.lesions.histograms),
            ),
        ]
        return [drawing for drawing in drawings if drawing[2]]


def _pair(
    batch: Mapping[str, Any], outputs: Mapping[str, Any], index: int
) -> dict[str, Any]:
    """The photograph with its masks, and the model's answer, as data URIs."""
    photograph = pictures.to_uint8(np.asarray(batch["high_res"][index]))
    restored = pictures.to_uint8(np.asarray(outputs["super_resolution"][index]))
    predicted = np.asarray(outputs["lesions"][index]) >= 0.5
    is_annotated = bool(batch["has_lesions"][index] > 0)
    if is_annotated:
        masks = np.asarray(batch["lesions"][index]) > 0
        photograph = draw_lesions(photograph, masks)
    return {
        "is_annotated": is_annotated,
        "photograph": _data_uri(photograph),
        "answer": _data_uri(draw_lesions(restored, predicted)),
    }


def _data_uri(picture: np.ndarray) -> str:
    reduced = pictures.reduce_picture(picture, _SIDE)
    return pictures.data_uri(reduced, ".jpg", 82)
