"""A page that shows how exports differ from their Keras model."""

import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

import jinja2
import numpy as np

from dmtdr_tf.drawing import pictures
from dmtdr_tf.drawing.overlays import (
    LESION_HEX,
    overlay_evidence,
    overlay_lesions,
)
from dmtdr_tf.labels import GRADES, LESION_NAMES, LESIONS
from dmtdr_tf.parity.differences import OUTPUTS, Photograph
from dmtdr_tf.parity.runners.runner import Outputs

_SIDE = 320
# How much brighter an output's difference is shown, to be seen at all.
AMPLIFIED = {"super_resolution": 16, "lesions": 4, "evidence": 1}


class ParityPage:
    """Keeps each export's worst photograph, and writes the page.

    Worst is the photograph with the largest sum of the mean absolute
    differences of the outputs that are pictures.

    Example:
    >>> page = ParityPage()
    >>> page.add("model.tflite", photograph, keras(low_res), export(low_res))
    >>> page.write(folder / "parity.html", report)
    """

    def __init__(self) -> None:
        self._worst: dict[str, tuple[float, dict[str, Any]]] = {}

    def add(
        self, name: str, photograph: Photograph, keras: Outputs, export: Outputs
    ) -> None:
        """Keeps one photograph's pictures if it is the worst so far.

        Args:
            name: The export.
            photograph: What was given.
            keras: The Keras model's answers, see `Runner`.
            export: The export's; outputs may be missing.
        """
        shared = [output for output in AMPLIFIED if output in export]
        difference = sum(
            float(np.nan_to_num(np.abs(keras[k] - export[k])).mean())
            for k in shared
        )
        if name in self._worst and difference <= self._worst[name][0]:
            return
        rows = [_row(output, keras, export) for output in shared]
        low_res = pictures.to_uint8(photograph.low_res)
        self._worst[name] = (
            difference,
            {
                "photograph": photograph.name,
                "low_res": pictures.data_uri(low_res, ".jpg", 92),
                "rows": rows,
            },
        )

    def write(self, path: pathlib.Path, report: Mapping[str, Any]) -> None:
        """Writes the page, whole or not at all.

        Args:
            path: The HTML file.
            report: `provenance`, `keras` and `exports`, as in `parity.json`.

        Raises:
            OSError: The file cannot be written.
        """
        templates = jinja2.Environment(
            loader=jinja2.PackageLoader("dmtdr_tf.reporting"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        templates.filters |= {"figure": figure, "column": _column}
        page = templates.get_template("parity.html").render(
            report=report,
            worst={name: shown for name, (_, shown) in self._worst.items()},
            outputs=OUTPUTS,
            grades=GRADES,
            lesions=list(zip(LESIONS, LESION_NAMES, LESION_HEX, strict=True)),
            amplified=AMPLIFIED,
        )
        partial = path.with_name(f".{path.name}.partial")
        partial.write_text(page, encoding="utf-8")
        partial.replace(path)


def figure(value: float | None) -> str:
    """Writes a number with three digits that count; a dash for None."""
    if value is None:
        return "–"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return f"{value:.1e}"


def _column(exports: Iterable[Mapping[str, Any]], place: str) -> list[Any]:
    """What each export has at a dotted place; None where it has none."""
    return [_at(export, place.split(".")) for export in exports]


def _at(found: Any, parts: Iterable[str]) -> Any:
    for part in parts:
        found = (found or {}).get(part)
    return found


def _row(output: str, keras: Outputs, export: Outputs) -> dict[str, str]:
    """Both answers and their difference, as addresses of pictures."""
    pair = [np.nan_to_num(side[output][0]) for side in (keras, export)]
    backgrounds = [
        np.nan_to_num(
            side.get("super_resolution", keras["super_resolution"])[0]
        )
        for side in (keras, export)
    ]
    drawn = [
        _draw(output, background, answer)
        for background, answer in zip(backgrounds, pair, strict=True)
    ]
    gap = np.abs(pair[0] - pair[1])
    # Of lesions and channels the largest: a picture of one value.
    gap = gap if output == "super_resolution" else gap.max(-1, keepdims=True)
    bright = pictures.to_uint8(
        np.broadcast_to(gap, (*gap.shape[:2], 3)) * AMPLIFIED[output]
    )
    return {
        "output": output,
        "keras": _address(drawn[0]),
        "export": _address(drawn[1]),
        "difference": _address(bright),
    }


def _draw(output: str, background: np.ndarray, answer: np.ndarray):
    photograph = pictures.to_uint8(background)
    if output == "lesions":
        return overlay_lesions(photograph, np.clip(answer, 0, 1))
    if output == "evidence":
        return overlay_evidence(photograph, answer)
    return photograph


def _address(picture: np.ndarray) -> str:
    return pictures.data_uri(
        pictures.reduce_picture(picture, _SIDE), ".jpg", 88
    )
