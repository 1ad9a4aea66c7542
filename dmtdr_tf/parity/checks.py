"""The checks that hold an export's figures to its limits."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from dmtdr_tf.labels import LESIONS
from dmtdr_tf.parity.limits import Limits

__all__ = ["Check", "checks"]


@dataclasses.dataclass(frozen=True)
class Check:
    """A measured value and the limit it is held to.

    Args:
        measure: What was measured.
        value: The measured value; None if it could not be measured.
        limit: The limit.
        least: Whether the limit is the smallest allowed value, not the
            largest.

    Example:
    >>> check = Check("share of grades kept", 0.9, 0.95, least=True)
    >>> str(check)
    'share of grades kept is 0.9, at least 0.95 is allowed'
    >>> check.failed
    True
    """

    measure: str
    value: float | None
    limit: float
    least: bool = False

    @property
    def failed(self) -> bool:
        """Whether the limit is broken; a value not measured breaks none."""
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


def checks(figures: Mapping[str, Any], limits: Limits) -> list[Check]:
    """Holds an export's figures to limits.

    Args:
        figures: From `Parity.result`.
        limits: The limits.

    Returns:
        A check for each output or lesion that a limit applies to. An output
        with values that are not finite fails whatever the limits are.
    """
    results = [
        Check(f"{name}: photographs with values that are not finite", count, 0)
        for name, count in figures["not_finite"].items()
    ]
    for measure, value, field, least in _measures(figures):
        limit = getattr(limits, field)
        if limit is not None:
            results.append(Check(measure, value, limit, least))
    return results


def _measures(
    figures: Mapping[str, Any],
) -> Iterator[tuple[str, float | None, str, bool]]:
    """Measure, value, limit's name, and whether it is a lower limit."""
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
            of_lesion = outputs["lesions"]["by_lesion"][lesion]
            yield (
                f"{lesion}: average precision lost",
                of_lesion["average_precision"]["loss"],
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
