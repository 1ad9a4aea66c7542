"""The report a person reads: one HTML file that needs no other."""

import contextlib
import pathlib
import tempfile
from collections.abc import Iterator, Mapping

import jinja2
import numpy as np
from markupsafe import Markup

from dmtdr_tf.drawing import pictures
from dmtdr_tf.drawing.overlays import LESION_HEX
from dmtdr_tf.labels import GRADES, LESION_NAMES, LESIONS
from dmtdr_tf.prediction.finding import Finding
from dmtdr_tf.prediction.prediction import Prediction

_PHOTOGRAPH_SIDE = 1024
_EVIDENCE_SIDE = 512
_THUMBNAIL_SIDE = 72
_CHUNK = 1 << 20


class HtmlReport:
    """Writes a self-contained report, one photograph after the other.

    Each photograph's section goes to a temporary file at once: memory holds
    the numbers and a thumbnail of every photograph, and the pictures of one.

    Args:
        path: The HTML file; replaced if it exists.
        about: What to say of the model: label to value.
        threshold: The lesions' threshold, for the text.

    Raises:
        OSError: The folder of `path` cannot be written.

    Example:
    >>> with HtmlReport(folder / "index.html", {"Preset": "demo"}) as report:
    ...     report.add(finding, prediction, masks)
    """

    def __init__(
        self,
        path: pathlib.Path,
        about: Mapping[str, str],
        threshold: float = 0.5,
    ):
        self.path = path
        self._findings: list[Finding] = []
        self._thumbnails: list[str] = []
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("dmtdr_tf.reporting"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        lesions = zip(LESIONS, LESION_NAMES, LESION_HEX, strict=True)
        self._templates.globals.update(
            about=about,
            threshold=threshold,
            labels=("no DR", *GRADES[1:]),
            lesions=list(lesions),
        )
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "HtmlReport":
        """Opens the temporary file, which vanishes with the process."""
        with contextlib.ExitStack() as stack:
            self._sections = stack.enter_context(
                tempfile.TemporaryFile(
                    "w+", encoding="utf-8", newline="", dir=self.path.parent
                )
            )
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind, value, traceback) -> None:
        """Writes the page, unless an error ended the work."""
        with self._stack:
            if kind is None:
                self._write()

    def add(
        self, finding: Finding, prediction: Prediction, masks: np.ndarray
    ) -> None:
        """Adds a photograph's section.

        Args:
            finding: Its numbers.
            prediction: The four outputs.
            masks: Boolean `[H, W, 4]`, from `prediction.lesion_masks`.
        """
        self._findings.append(finding)
        thumbnail = pictures.reduce_picture(
            prediction.photograph, _THUMBNAIL_SIDE
        )
        self._thumbnails.append(pictures.data_uri(thumbnail, ".jpg"))
        section = self._templates.get_template("photograph.html").render(
            number=len(self._findings),
            finding=finding,
            low_res_size=len(prediction.low_res),
            super_resolution_size=len(prediction.super_resolution),
            pictures=_page_pictures(prediction, masks),
        )
        self._sections.write(section)

    def add_failure(self, finding: Finding) -> None:
        """Adds a photograph that has no result.

        Args:
            finding: Its name and the reason.
        """
        self._findings.append(finding)
        self._thumbnails.append("")

    def _write(self) -> None:
        numbered = list(
            zip(
                range(1, len(self._findings) + 1),
                self._findings,
                self._thumbnails,
                strict=True,
            )
        )
        page = self._templates.get_template("report.html").stream(
            rows=[row for row in numbered if not row[1].error],
            failures=[finding for finding in self._findings if finding.error],
            sections=self._chunks(),
        )
        partial = self.path.with_name(self.path.name + ".partial")
        with partial.open("wb") as file:
            page.dump(file, encoding="utf-8")
        partial.replace(self.path)

    def _chunks(self) -> Iterator[Markup]:
        self._sections.seek(0)
        while chunk := self._sections.read(_CHUNK):
            yield Markup(chunk)  # Rendered, hence escaped, by `add`.


def _page_pictures(prediction: Prediction, masks: np.ndarray) -> dict:
    """The addresses of a section's pictures."""
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
