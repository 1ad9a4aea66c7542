"""Lays out the figures as a table for the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from dmtdr_tf.evaluation.rows import sections
from dmtdr_tf.labels import LESIONS

__all__ = ["bootstrap_text", "number_text", "photographs_text", "table"]

Figures = Mapping[str, Any]

_WIDTH = 34


def table(figures: Figures) -> str:
    """Lays out the figures, each beside its trivial baseline.

    Args:
        figures: From `evaluate`; with intervals if they were computed.

    Returns:
        Lines of text, without a line break at the end.

    Example:
    ```python
    print(table(evaluate(model.explain, batches)))
    ```
    """
    lines: list[str] = []
    has_intervals = bool(figures.get("intervals"))
    title = ""
    if has_intervals:
        title = f"{100 * figures['bootstrap']['confidence']:g} % interval"
    for section in sections(figures):
        lines += [
            f"{section.title} ({photographs_text(section.photographs)})",
            _line("", "model", title, section.baseline),
            *(
                _line(
                    row.title,
                    number_text(row.value),
                    _interval(row.interval) if has_intervals else "",
                    number_text(row.baseline),
                )
                for row in section.rows
            ),
            "",
        ]
    if has_intervals:
        lines.append(bootstrap_text(figures))
    bound = max(
        figures["lesions"][lesion][figure]["pooled_error_bound"] or 0.0
        for lesion in LESIONS
        for figure in ("average_precision", "auc")
    )
    lines.append(f"Pooled lesion figures are within {bound:.1e} of exact.")
    return "\n".join(lines)


def bootstrap_text(figures: Figures) -> str:
    """Says how the intervals were computed, in one or two sentences.

    Args:
        figures: With `bootstrap`, as from `evaluate`.
    """
    about = figures["bootstrap"]
    unit = f"{about['unit']}s" if about["units"] != 1 else about["unit"]
    return (
        f"Intervals: {about['samples']} resamples of {about['units']} {unit} "
        f"(seed {about['seed']}). A dash: fewer than three {about['unit']}s "
        "define it, or no resample changes it."
    )


def photographs_text(count: int) -> str:
    """Returns a number of photographs in words.

    Example:
    >>> photographs_text(1), photographs_text(0)
    ('1 photograph', 'not annotated')
    """
    if not count:
        return "not annotated"
    return f"{count} photograph" + "s" * (count > 1)


def number_text(value: float | str | None) -> str:
    """Returns a figure with four digits after the point; a dash for None.

    Example:
    >>> number_text(0.5), number_text(None)
    ('0.5000', '-')
    """
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:.4f}"


def _interval(ends: Sequence[float] | None) -> str:
    return " to ".join(map(number_text, ends)) if ends else "-"


def _line(name: str, ours: str, interval: str, trivial: str) -> str:
    between = f"{interval:>21}" if interval else ""
    return f"  {name:{_WIDTH}}{ours:>9}{between}{trivial:>13}"
