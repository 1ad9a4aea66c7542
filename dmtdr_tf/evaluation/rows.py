"""The figures in the order in which tables show them."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from dmtdr_tf.evaluation.bootstrap import Path
from dmtdr_tf.evaluation.matching import SIZES
from dmtdr_tf.evaluation.measurement import figure_at
from dmtdr_tf.labels import LESIONS

__all__ = ["Row", "Section", "sections"]

Figures = Mapping[str, Any]
# Text, counts, path and baseline of a figure.
_Entry = tuple[str, str, Path, Any]

_GRADING = {
    "accuracy": "accuracy",
    "precision": "precision (weighted)",
    "f1": "F1 (weighted)",
    "kappa": "Cohen's kappa",
    "linear_kappa": "linear kappa",
    "quadratic_kappa": "quadratic kappa",
}
_RATE, _SHARE = "invented_per_photograph", "kept_share"


@dataclasses.dataclass(frozen=True)
class Row:
    """One figure of a table.

    Args:
        text: What it is.
        counts: What it was counted from, such as "3 of 5"; may be empty.
        path: Where it lies in the figures.
        value: The figure; None if it is not defined.
        baseline: The same of the trivial baseline; empty where there is none.
        interval: Its lower and upper end; None if it has none.
        lower_is_better: Whether a smaller figure is better.
    """

    text: str
    counts: str
    path: Path
    value: float | None
    baseline: float | str | None = ""
    interval: tuple[float, float] | None = None
    lower_is_better: bool = False

    @property
    def title(self) -> str:
        """The text with the counts."""
        return f"{self.text} ({self.counts})" if self.counts else self.text


@dataclasses.dataclass(frozen=True)
class Section:
    """The figures of one subject.

    Args:
        title: Its title.
        baseline: What the trivial baseline is.
        photographs: How many photographs the figures were computed from.
        rows: The figures.
    """

    title: str
    baseline: str
    photographs: int
    rows: tuple[Row, ...]


def sections(figures: Figures) -> Iterator[Section]:
    """Yields the figures section by section.

    Figures that an evaluation by an earlier version lacks are left out.

    Args:
        figures: From `evaluate`.
    """
    grading = figures["grading"]
    grade = grading["majority"]["grade"]
    yield Section(
        "Grading",
        "majority" if grade is None else f"all {grade}",
        grading["photographs"],
        _completed(figures, _grading_rows(grading)),
    )
    yield Section(
        "Super-resolution",
        "bicubic",
        figures["super_resolution"]["photographs"],
        _completed(
            figures, _super_resolution_rows(figures["super_resolution"])
        ),
    )
    if figures.get("audit"):
        yield Section(
            "Lesions after super-resolution",
            "bicubic",
            figures["audit"]["photographs"],
            _completed(figures, _audit_rows(figures["audit"])),
        )
    yield Section(
        "Lesions",
        "prevalence",
        figures["lesions"][LESIONS[0]]["photographs"],
        _completed(figures, _lesion_rows(figures["lesions"])),
    )


def _completed(figures: Figures, rows: Iterator[_Entry]) -> tuple[Row, ...]:
    """Looks up the figures and their intervals."""
    intervals = figures.get("intervals")
    return tuple(
        Row(
            text,
            counts,
            path,
            figure_at(figures, path),
            baseline,
            figure_at(intervals, path),
            path[-1] in (_RATE, "calibration_error"),
        )
        for text, counts, path, baseline in rows
    )


def _grading_rows(grading: Figures) -> Iterator[_Entry]:
    majority = grading["majority"]
    for name, text in _GRADING.items():
        if name in grading:
            yield text, "", ("grading", name), majority[name]
    for grade, recall in (grading.get("recall") or {}).items():
        counts = f"{recall['recognized']} of {recall['photographs']}"
        yield (
            f"recall of grade {grade}",
            counts,
            ("grading", "recall", grade, "recall"),
            float(int(grade) == majority["grade"]),
        )
    yield "referable (2-4): AUC", "", ("grading", "referable_auc"), 0.5
    # Evaluations of earlier versions have no threshold.
    threshold = grading.get("referable_threshold")
    at = "" if threshold is None else f"from {threshold:.2f} on"
    for name in ("sensitivity", "specificity"):
        yield f"  {name}", at, ("grading", f"referable_{name}"), ""
    if grading.get("mean_set_size") is not None:
        yield "set of grades: coverage", "", ("grading", "set_coverage"), ""
        yield "  mean size", "", ("grading", "mean_set_size"), ""
    yield "calibration error", "", ("grading", "calibration_error"), ""


def _super_resolution_rows(
    super_resolution: Figures,
) -> Iterator[_Entry]:
    bicubic = super_resolution["bicubic"]
    yield "PSNR (dB)", "", ("super_resolution", "psnr"), bicubic["psnr"]
    yield "SSIM", "", ("super_resolution", "ssim"), bicubic["ssim"]
    for region, figures in super_resolution.get("inside", {}).items():
        name = region.replace("field_of", "the field of").replace("_", " ")
        yield (
            f"PSNR in {name} (dB)",
            "",
            ("super_resolution", "inside", region, "psnr"),
            figures["bicubic"],
        )


def _audit_rows(audit: Figures) -> Iterator[_Entry]:
    for lesion in (*LESIONS, "all"):
        yield from _audited(audit, lesion, "all", lesion)
    for size in SIZES:
        yield from _audited(audit, "all", size, size)
    yield (
        "all invented beyond bicubic",
        "",
        ("audit", "all", "all", "difference", _RATE),
        "",
    )


def _audited(
    audit: Figures, lesion: str, size: str, text: str
) -> Iterator[_Entry]:
    figures = audit[lesion][size]
    path = ("audit", lesion, size, "super_resolution")
    counts = f"{figures['super_resolution']['kept']} of {figures['high_res']}"
    bicubic = figures["bicubic"]
    yield f"{text} kept", counts, (*path, _SHARE), bicubic[_SHARE]
    yield f"{text} invented per photograph", "", (*path, _RATE), bicubic[_RATE]


def _lesion_rows(lesions: Figures) -> Iterator[_Entry]:
    for protocol in ("pooled", "per_image"):
        for lesion in (*LESIONS, "mean"):
            yield (
                f"{lesion} average precision, {protocol}",
                "",
                ("lesions", lesion, "average_precision", protocol),
                lesions[lesion]["prevalence"][protocol],
            )
            yield (
                f"{lesion} AUC, {protocol}",
                "",
                ("lesions", lesion, "auc", protocol),
                0.5,
            )
