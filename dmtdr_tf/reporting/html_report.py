"""The report of a prediction: one HTML file that needs no other."""

import dataclasses
import os
import pathlib
import tempfile
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from dmtdr_tf.calibration import Calibration
from dmtdr_tf.drawing import pictures
from dmtdr_tf.drawing.overlays import overlay_evidence
from dmtdr_tf.files.whole_file import whole_file
from dmtdr_tf.labels import GRADES, LESIONS
from dmtdr_tf.prediction.finding import NO_EVIDENCE, Finding
from dmtdr_tf.prediction.lesion_area import NOT_RELIABLE
from dmtdr_tf.prediction.origin import Origin
from dmtdr_tf.prediction.prediction import Prediction
from dmtdr_tf.reporting.templates import template

__all__ = ["HtmlReport"]

_GRADE_LABELS = ("no DR", *GRADES[1:])
_PHOTOGRAPH_SIDE = 1024
_EVIDENCE_SIDE = 512
# About 150 pixels an inch on paper.
_PRINTED_SIDE = 448
_THUMBNAIL_SIDE = 72
_CHUNK = 1 << 20
_ORIGINS = tuple(field.name for field in dataclasses.fields(Origin))


class HtmlReport:
    """Writes a self-contained report, photograph by photograph.

    Each photograph's section goes to a temporary file right away, so that
    memory holds the numbers and a thumbnail of every photograph, but the
    pictures of only one.

    Args:
        path: The HTML file; replaced if it exists.
        about: What the report says about the model: label to value.
        threshold: The probability from which a lesion is drawn, in [0, 1].
        warning: What the page says first, such as `drawn_warning`; empty for
            nothing.
        calibration: Of the model; None if it is not calibrated.

    Raises:
        OSError: On entering or leaving the `with`, if the folder of `path`
            cannot be written to.

    Example:
    ```python
    prediction = predictor("eye.jpg")
    masks = prediction.lesion_masks()
    with HtmlReport("index.html", {"Preset": "demo"}) as report:
        finding = prediction.finding("eye.jpg", "eye", masks)
        report.add(finding, prediction, masks)
    ```
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        about: Mapping[str, str],
        threshold: float = 0.5,
        warning: str = "",
        calibration: Calibration | None = None,
    ):
        self.path = pathlib.Path(path)
        self._model = {
            "about": about,
            "threshold": threshold,
            "warning": warning,
            "calibration": calibration,
            "not_reliable": NOT_RELIABLE,
        }
        # Each printed sheet says it, because sheets get separated.
        self._provenance = ", ".join(
            f"{label}: {value}" for label, value in about.items()
        )
        self._findings: list[Finding] = []
        self._thumbnails: list[str] = []

    def __enter__(self) -> "HtmlReport":
        """Opens the temporary file, which vanishes with the process."""
        self._sections = tempfile.TemporaryFile(
            "w+", encoding="utf-8", newline="", dir=self.path.parent
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: types.TracebackType | None,
    ) -> None:
        """Writes the page, unless there was an error."""
        with self._sections:
            if kind is None:
                self._write()

    def add(
        self, finding: Finding, prediction: Prediction, masks: np.ndarray
    ) -> None:
        """Adds a photograph's section.

        Args:
            finding: Its numbers.
            prediction: The photograph and the four outputs.
            masks: Boolean `[H, W, 4]`, from `prediction.lesion_masks`.
        """
        thumbnail = pictures.reduce_picture(
            prediction.photograph, _THUMBNAIL_SIDE
        )
        picture = pictures.data_uri(thumbnail, ".jpg")
        section = template("photograph.html").render(
            labels=_GRADE_LABELS,
            origins=_ORIGINS,
            no_evidence=NO_EVIDENCE,
            warning=self._model["warning"],
            provenance=self._provenance,
            number=len(self._findings) + 1,
            finding=finding,
            low_res_size=len(prediction.low_res),
            super_resolution_size=len(prediction.super_resolution),
            pictures=_page_pictures(prediction, masks),
        )
        self._sections.write(section)
        # Last: an error above leaves no photograph half in the report.
        self._findings.append(finding)
        self._thumbnails.append(picture)

    def add_failure(self, finding: Finding) -> None:
        """Adds a photograph without a result.

        Args:
            finding: Its name and the error.
        """
        self._findings.append(finding)
        self._thumbnails.append("")

    def _write(self) -> None:
        numbers = range(1, len(self._findings) + 1)
        rows = zip(numbers, self._findings, self._thumbnails, strict=True)
        graded = [finding for finding in self._findings if not finding.error]
        page = template("report.html").stream(
            **self._model,
            labels=_GRADE_LABELS,
            origins=_origin_columns(graded),
            unreliable=_unreliable(graded),
            rows=[row for row in rows if not row[1].error],
            failures=[finding for finding in self._findings if finding.error],
            sections=self._chunks(),
        )
        with whole_file(self.path) as partial, partial.open("wb") as file:
            page.dump(file, encoding="utf-8")

    def _chunks(self) -> Iterator[Markup]:
        self._sections.seek(0)
        while chunk := self._sections.read(_CHUNK):
            yield Markup(chunk)  # `add` has rendered, hence escaped it.


def _origin_columns(findings: Sequence[Finding]) -> list[str]:
    """The columns that say something of at least one photograph."""
    return [
        column
        for column in _ORIGINS
        if any(getattr(finding.origin, column) for finding in findings)
    ]


def _unreliable(findings: Sequence[Finding]) -> list[str]:
    """The lesions whose areas say nothing, by their short names."""
    return [
        lesion
        for i, lesion in enumerate(LESIONS)
        if any(not finding.areas[i].is_reliable for finding in findings)
    ]


def _page_pictures(prediction: Prediction, masks: np.ndarray) -> dict[str, Any]:
    """The pictures of a section, as data URIs."""
    photograph = pictures.reduce_picture(
        prediction.photograph, _PHOTOGRAPH_SIDE
    )
    super_resolution = pictures.reduce_picture(
        pictures.to_uint8(prediction.super_resolution), _PHOTOGRAPH_SIDE
    )
    low_res = pictures.to_uint8(prediction.low_res)
    whole_evidence = prediction.whole_evidence()
    evidence = pictures.evidence_layer(whole_evidence, _EVIDENCE_SIDE)
    printed = overlay_evidence(
        pictures.reduce_picture(prediction.photograph, _PRINTED_SIDE),
        pictures.reduce_picture(whole_evidence, _PRINTED_SIDE)[..., None]
        / np.float32(255.0),
    )
    layers = [
        pictures.lesion_layer(masks[..., i], i, _PHOTOGRAPH_SIDE)
        for i in range(len(LESIONS))
    ]
    height, width = photograph.shape[:2]
    return {
        "height": height,
        "width": width,
        "photograph": pictures.data_uri(photograph, ".jpg"),
        "lesions": [pictures.data_uri(layer, ".png") for layer in layers],
        "evidence": pictures.data_uri(evidence, ".png"),
        "printed_evidence": pictures.data_uri(printed, ".jpg", 80),
        # The comparison must not show JPEG's own errors.
        "low_res": pictures.data_uri(low_res, ".jpg", 95),
        "super_resolution": pictures.data_uri(super_resolution, ".jpg", 92),
    }
