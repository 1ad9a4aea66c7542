"""Lays out the figures as a table for the terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from dmtdr_tf.labels import LESIONS

__all__ = ["table"]

Figures = Mapping[str, Any]
Row = tuple[str, Any, Any]

_GRADING = {
    "accuracy": "accuracy",
    "precision": "precision (weighted)",
    "f1": "F1 (weighted)",
    "kappa": "Cohen's kappa",
    "quadratic_kappa": "quadratic kappa",
}
_WIDTH = 34


def table(figures: Figures) -> str:
    """Lays out the figures, each beside its trivial baseline.

    Args:
        figures: From `evaluate`.

    Returns:
        Lines of text, without a line break at the end.

    Example:
    ```python
    print(table(evaluate(model.explain, batches)))
    ```
    """
    lines: list[str] = []
    for title, baseline, count, rows in _sections(figures):
        lines += [
            f"{title} ({_photographs(count)})",
            f"  {'':{_WIDTH}}{'model':>9}{baseline:>13}",
            *(
                f"  {name:{_WIDTH}}{_number(ours):>9}{_number(trivial):>13}"
                for name, ours, trivial in rows
            ),
            "",
        ]
    bound = max(
        figures["lesions"][lesion][figure]["pooled_error_bound"] or 0.0
        for lesion in LESIONS
        for figure in ("average_precision", "auc")
    )
    lines.append(f"Pooled lesion figures are within {bound:.1e} of exact.")
    return "\n".join(lines)


def _sections(figures: Figures) -> Iterator[tuple[str, str, int, list[Row]]]:
    """Yields each section's title, baseline, number of photographs and rows."""
    grading = figures["grading"]
    grade = grading["majority"]["grade"]
    yield (
        "Grading",
        "majority" if grade is None else f"all {grade}",
        grading["photographs"],
        list(_grading_rows(grading)),
    )
    super_resolution = figures["super_resolution"]
    yield (
        "Super-resolution",
        "bicubic",
        super_resolution["photographs"],
        list(_super_resolution_rows(super_resolution)),
    )
    lesions = figures["lesions"]
    yield (
        "Lesions",
        "prevalence",
        lesions[LESIONS[0]]["photographs"],
        list(_lesion_rows(lesions)),
    )


def _grading_rows(grading: Figures) -> Iterator[Row]:
    for name, text in _GRADING.items():
        yield text, grading[name], grading["majority"][name]
    yield "referable (2-4): AUC", grading["referable_auc"], 0.5
    for name in ("threshold", "sensitivity", "specificity"):
        # Evaluations of earlier versions have no threshold.
        yield f"  {name}", grading.get(f"referable_{name}"), ""
    if grading.get("mean_set_size") is not None:
        yield "set of grades: coverage", grading["set_coverage"], ""
        yield "  mean size", grading["mean_set_size"], ""
    yield "calibration error", grading["calibration_error"], ""


def _super_resolution_rows(super_resolution: Figures) -> Iterator[Row]:
    bicubic = super_resolution["bicubic"]
    yield "PSNR (dB)", super_resolution["psnr"], bicubic["psnr"]
    yield "SSIM", super_resolution["ssim"], bicubic["ssim"]


def _lesion_rows(lesions: Figures) -> Iterator[Row]:
    for protocol in ("pooled", "per_image"):
        for lesion in (*LESIONS, "mean"):
            precision, auc, prevalence = (
                lesions[lesion][figure][protocol]
                for figure in ("average_precision", "auc", "prevalence")
            )
            text = f"{lesion} average precision, {protocol}"
            yield text, precision, prevalence
            yield f"{lesion} AUC, {protocol}", auc, 0.5


def _photographs(count: int) -> str:
    if not count:
        return "not annotated"
    return f"{count} photograph" + "s" * (count > 1)


def _number(value: float | str | None) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:.4f}"
