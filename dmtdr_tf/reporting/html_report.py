"""The report of a prediction: one HTML file that needs no other."""

import os
import pathlib
import tempfile
import types
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from markupsafe import Markup

from dmtdr_tf.drawing import pictures
from dmtdr_tf.files.whole_file import whole_file
from dmtdr_tf.labels import GRADES, LESIONS
from dmtdr_tf.prediction.finding import Finding
from dmtdr_tf.prediction.prediction import Prediction
from dmtdr_tf.reporting.templates import template

__all__ = ["HtmlReport"]

_GRADE_LABELS = ("no DR", *GRADES[1:])
_PHOTOGRAPH_SIDE = 1024
_EVIDENCE_SIDE = 512
_THUMBNAIL_SIDE = 72
_CHUNK = 1 << 20


class HtmlReport:
    """Writes a self-contained report, photograph by photograph.

    Each photograph's section goes to a temporary file right away, so that
    memory holds the numbers and a thumbnail of every photograph, but the
    pictures of only one.

    Args:
        path: The HTML file; replaced if it exists.
        about: What the report says about the model: label to value.
        threshold: The probability from which a lesion is drawn, in [0, 1].

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
    ):
        self.path = pathlib.Path(path)
        self._model = {"about": about, "threshold": threshold}
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
        page = template("report.html").stream(
            **self._model,
            labels=_GRADE_LABELS,
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


def _page_pictures(prediction: Prediction, masks: np.ndarray) -> dict[str, Any]:
    """The pictures of a section, as data URIs."""
    photograph = pictures.reduce_picture(
        prediction.photograph, _PHOTOGRAPH_SIDE
    )
    super_resolution = pictures.reduce_picture(
        pictures.to_uint8(prediction.super_resolution), _PHOTOGRAPH_SIDE
    )
    low_res = pictures.to_uint8(prediction.low_res)
    evidence = pictures.evidence_layer(
        prediction.whole_evidence(), _EVIDENCE_SIDE
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
        # The comparison must not show JPEG's own errors.
        "low_res": pictures.data_uri(low_res, ".jpg", 95),
        "super_resolution": pictures.data_uri(super_resolution, ".jpg", 92),
    }
