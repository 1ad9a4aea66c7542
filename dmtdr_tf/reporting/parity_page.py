"""A page that shows how exports differ from their Keras model."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from dmtdr_tf.drawing import pictures
from dmtdr_tf.drawing.overlays import overlay_evidence, overlay_lesions
from dmtdr_tf.files.whole_file import write_text
from dmtdr_tf.labels import GRADES
from dmtdr_tf.parity.differences import OUTPUTS, Photograph
from dmtdr_tf.parity.runners.runner import Outputs
from dmtdr_tf.reporting.templates import template

__all__ = ["AMPLIFIED", "ParityPage"]

_SIDE = 320
# How much brighter each output's difference is drawn, so that it is visible.
AMPLIFIED = {"super_resolution": 16, "lesions": 4, "evidence": 1}


class ParityPage:
    """Collects the photograph on which each export is worst, and writes a page.

    The worst photograph has the largest sum of the mean absolute differences
    of those outputs that are pictures.

    Example:
    ```python
    page = ParityPage()
    page.add("model.tflite", photograph, keras(low_res), export(low_res))
    page.write("parity.html", report)
    ```
    """

    def __init__(self) -> None:
        self._worst: dict[str, tuple[float, dict[str, Any]]] = {}

    def add(
        self, name: str, photograph: Photograph, keras: Outputs, export: Outputs
    ) -> None:
        """Keeps a photograph's pictures if it is the worst so far.

        Args:
            name: The export.
            photograph: The photograph that was compared.
            keras: The answers of the Keras model, see `Runner`.
            export: The answers of the export; outputs may be missing.
        """
        shared = [output for output in AMPLIFIED if output in export]
        difference = sum(
            float(np.nan_to_num(np.abs(keras[k] - export[k])).mean())
            for k in shared
        )
        if name in self._worst and difference <= self._worst[name][0]:
            return
        low_res = pictures.to_uint8(photograph.low_res)
        section = {
            "photograph": photograph.name,
            "low_res": pictures.data_uri(low_res, ".jpg", 92),
            "rows": [_row(output, keras, export) for output in shared],
        }
        self._worst[name] = difference, section

    def write(
        self, path: str | os.PathLike[str], report: Mapping[str, Any]
    ) -> None:
        """Writes the page, whole or not at all.

        Args:
            path: The HTML file.
            report: `provenance`, `keras` and `exports`, as in `parity.json`.

        Raises:
            OSError: The file cannot be written.
        """
        page = template("parity.html").render(
            report=report,
            worst={name: section for name, (_, section) in self._worst.items()},
            outputs=OUTPUTS,
            grades=GRADES,
            amplified=AMPLIFIED,
        )
        write_text(path, page)


def _row(output: str, keras: Outputs, export: Outputs) -> dict[str, str]:
    """Both answers and their difference, as data URIs."""
    ours, theirs = (_picture(output, side, keras) for side in (keras, export))
    return {
        "output": output,
        "keras": _data_uri(ours),
        "export": _data_uri(theirs),
        "difference": _data_uri(_difference(output, keras, export)),
    }


def _picture(output: str, answers: Outputs, keras: Outputs) -> np.ndarray:
    """One output; lesions and evidence over the super-resolved photograph."""
    answer = np.nan_to_num(answers[output][0])
    background = answers.get("super_resolution", keras["super_resolution"])[0]
    photograph = pictures.to_uint8(np.nan_to_num(background))
    if output == "lesions":
        return overlay_lesions(photograph, np.clip(answer, 0, 1))
    if output == "evidence":
        return overlay_evidence(photograph, answer)
    return photograph


def _difference(output: str, keras: Outputs, export: Outputs) -> np.ndarray:
    answers = [np.nan_to_num(side[output][0]) for side in (keras, export)]
    gap = np.abs(answers[0] - answers[1])
    if output != "super_resolution":
        # The largest of all channels makes a gray picture.
        gap = np.repeat(gap.max(-1, keepdims=True), 3, axis=-1)
    return pictures.to_uint8(gap * AMPLIFIED[output])


def _data_uri(picture: np.ndarray) -> str:
    return pictures.data_uri(
        pictures.reduce_picture(picture, _SIDE), ".jpg", 88
    )
