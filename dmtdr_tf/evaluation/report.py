"""The figures as a table for the terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from dmtdr_tf.labels import LESIONS

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
    grading = figures["grading"]
    majority = grading["majority"]
    baseline = (
        "majority" if majority["grade"] is None else f"all {majority['grade']}"
    )
    rows: list[Row] = [
        (text, grading[name], majority[name]) for name, text in _GRADING.items()
    ]
    rows.append(("referable (2-4): AUC", grading["referable_auc"], 0.5))
    for name in ("sensitivity", "specificity"):
        rows.append((f"  {name}", grading[f"referable_{name}"], ""))
    rows.append(("calibration error", grading["calibration_error"], ""))
    yield "Grading", baseline, grading["photographs"], rows

    restored = figures["super_resolution"]
    yield (
        "Super-resolution",
        "bicubic",
        restored["photographs"],
        [
            ("PSNR (dB)", restored["psnr"], restored["bicubic"]["psnr"]),
            ("SSIM", restored["ssim"], restored["bicubic"]["ssim"]),
        ],
    )

    lesions = figures["lesions"]
    rows = []
    for protocol in ("pooled", "per_image"):
        for lesion in (*LESIONS, "mean"):
            ours = lesions[lesion]
            rows.append(
                (
                    f"{lesion} average precision, {protocol}",
                    ours["average_precision"][protocol],
                    ours["prevalence"][protocol],
                )
            )
            auc = ours["auc"][protocol]
            rows.append((f"{lesion} AUC, {protocol}", auc, 0.5))
    yield "Lesions", "prevalence", lesions[LESIONS[0]]["photographs"], rows


def _photographs(count: int) -> str:
    if not count:
        return "not annotated"
    return f"{count} photograph" + "s" * (count > 1)


def _number(value: float | str | None) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:.4f}"
