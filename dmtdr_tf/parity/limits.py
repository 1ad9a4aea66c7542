"""How far an export may be from the Keras model before it fails."""

import dataclasses
import os
import pathlib
import types
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from dmtdr_tf.labels import LESIONS

Kind = Literal["float32", "float16", "quantised"]

_KIND_WORDS: Mapping[Kind, tuple[str, ...]] = types.MappingProxyType(
    {
        "float16": ("float16", "fp16"),
        "quantised": ("int8", "int16", "int4", "dynamic", "integer", "quant"),
    }
)


@dataclasses.dataclass(frozen=True)
class Limits:
    """What an export is held to; None is no limit.

    Args:
        max_difference: Largest absolute difference of any value of any
            output, logits included.
        psnr_loss: dB of PSNR against the high-resolution photograph that the
            super-resolution may lose, the mean over photographs.
        psnr_to_keras: Least PSNR of the export's super-resolution against
            Keras's, in dB, of any photograph.
        average_precision_loss: Most that a lesion's average precision may
            lose, the mean over photographs with that lesion.
        grades_kept: Least share of photographs whose grade is Keras's.
        evidence_correlation: Least correlation of the evidence with Keras's,
            the mean over photographs.
    """

    max_difference: float | None = None
    psnr_loss: float | None = None
    psnr_to_keras: float | None = None
    average_precision_loss: float | None = None
    grades_kept: float | None = None
    evidence_correlation: float | None = None

    def changed(self, other: "Limits") -> "Limits":
        """Returns these limits with the other's, where it has one."""
        given = {
            name: value
            for name, value in dataclasses.asdict(other).items()
            if value is not None
        }
        return dataclasses.replace(self, **given)


LIMITS: Mapping[Kind, Limits] = types.MappingProxyType(
    {
        "float32": Limits(max_difference=1e-3, grades_kept=1.0),
        "float16": Limits(
            psnr_loss=0.1,
            psnr_to_keras=40.0,
            average_precision_loss=0.01,
            grades_kept=0.98,
            evidence_correlation=0.99,
        ),
        "quantised": Limits(
            psnr_loss=1.0,
            psnr_to_keras=30.0,
            average_precision_loss=0.05,
            grades_kept=0.95,
            evidence_correlation=0.9,
        ),
    }
)


@dataclasses.dataclass(frozen=True)
class Check:
    """A measure beside its limit.

    Args:
        measure: What was measured.
        value: What it is; None where it could not be measured.
        limit: What it may be.
        least: Whether the limit is the least allowed, not the most.
    """

    measure: str
    value: float | None
    limit: float
    least: bool = False

    @property
    def failed(self) -> bool:
        """Whether the limit is broken; what was not measured breaks none."""
        if self.value is None:
            return False
        inside = (
            self.value >= self.limit if self.least else self.value <= self.limit
        )
        return not inside

    def __str__(self) -> str:
        """Names measure, value and limit."""
        value = "not measured" if self.value is None else f"{self.value:.4g}"
        side = "at least" if self.least else "at most"
        return f"{self.measure} is {value}, {side} {self.limit:g} is allowed"


def kind_of(path: str | os.PathLike[str]) -> Kind:
    """Tells from an export's name how exact it should be.

    Args:
        path: As `model_float16.tflite`, `int8.tflite`, `saved_model`.

    Returns:
        `"float32"` for a name that says nothing.
    """
    name = pathlib.Path(path).name.lower()
    for kind, words in _KIND_WORDS.items():
        if any(word in name for word in words):
            return kind
    return "float32"


def checks(figures: Mapping[str, Any], limits: Limits) -> list[Check]:
    """Lays figures beside limits.

    Args:
        figures: From `Parity.result`.
        limits: What to hold them to.

    Returns:
        A check per output or lesion that a limit concerns. An output that is
        not finite fails whatever the limits are.
    """
    found = [
        Check(f"{name}: photographs with values that are not finite", count, 0)
        for name, count in figures["not_finite"].items()
    ]
    for measure, value, field, least in _measures(figures):
        limit = getattr(limits, field)
        if limit is not None:
            found.append(Check(measure, value, limit, least))
    return found


def _measures(
    figures: Mapping[str, Any],
) -> Iterator[tuple[str, float | None, str, bool]]:
    """Measure, value, limit's name, and whether that is the least allowed."""
    outputs = figures["outputs"]
    for name, output in outputs.items():
        yield (
            f"{name}: largest difference",
            output["max_difference"],
            "max_difference",
            False,
        )
    if "super_resolution" in outputs:
        restored = outputs["super_resolution"]
        name = "super_resolution: PSNR"
        yield f"{name} lost (dB)", restored["psnr"]["loss"], "psnr_loss", False
        yield (
            f"{name} against Keras, worst photograph (dB)",
            restored["psnr_to_keras"]["min"],
            "psnr_to_keras",
            True,
        )
    if "lesions" in outputs:
        for lesion in LESIONS:
            found = outputs["lesions"]["by_lesion"][lesion]
            yield (
                f"{lesion}: average precision lost",
                found["average_precision"]["loss"],
                "average_precision_loss",
                False,
            )
    yield "share of grades kept", figures["grades_kept"], "grades_kept", True
    if "evidence" in outputs:
        yield (
            "evidence: mean correlation",
            outputs["evidence"]["correlation"]["mean"],
            "evidence_correlation",
            True,
        )
