"""What the templates do with a value before they write it."""

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from dmtdr_tf.preprocessing.quality import Quality

__all__ = ["column", "figure", "fixed", "measures"]

# How a person reads a measure of quality.
_MEASURES = {
    "sharpness": "sharpness {:.2f} (about 0.9 for a sharp photograph)",
    "brightness": "brightness {:.2f}",
    "overexposed": "{:.0%} overexposed",
    "field": "{:.0%} of the field of view inside the frame",
    "side": "field of view {:.0f} pixels wide",
    "aspect": "aspect ratio {:.2f}",
    "saturation": "saturation {:.2f}",
    "roundness": "{:.0%} of its outline round",
    "outside": "{:.0%} of its area lit beside it",
    "likeness": "likeness to a retina {:.2f}",
}


def figure(value: float | None) -> str:
    """Writes a number with three significant digits.

    Args:
        value: The number; None if it was not measured.

    Returns:
        The number, in scientific notation below 0.001; a dash for None.

    Example:
    >>> figure(0.12345), figure(3.21e-7), figure(None)
    ('0.123', '3.2e-07', '–')
    """
    if value is None:
        return "–"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return f"{value:.1e}"


def fixed(value: float | str | None) -> str:
    """Writes a number of a table with three digits after the point.

    Args:
        value: The number; None if it is not defined, a text as it is.

    Returns:
        The number; a dash for None.

    Example:
    >>> fixed(0.12345), fixed(None), fixed("")
    ('0.123', '–', '')
    """
    if value is None:
        return "–"
    return value if isinstance(value, str) else f"{value:.3f}"


def column(reports: Iterable[Mapping[str, Any]], path: str) -> list[Any]:
    """Looks up the same value in several nested dictionaries.

    Args:
        reports: The dictionaries.
        path: The value's keys, separated by dots.

    Returns:
        One value per dictionary; None where it has no such value.

    Example:
    >>> column([{"psnr": {"mean": 41.5}}, {}], "psnr.mean")
    [41.5, None]
    """
    keys = path.split(".")
    return [functools.reduce(_value, keys, report) for report in reports]


def _value(value: Any, key: str) -> Any:
    return (value or {}).get(key)


def measures(quality: Quality) -> str:
    """Writes the measures of a photograph's quality as a phrase.

    Args:
        quality: The measures.

    Returns:
        The measures, separated by commas.

    Example:
    >>> measures(Quality(0.87, 0.65, 0.01, 0.93))[:30]
    'sharpness 0.87 (about 0.9 for '
    """
    words = {
        name: _MEASURES.get(name, name.replace("_", " ") + " {:.2f}")
        for name in vars(quality)
    }
    return ", ".join(
        text.format(getattr(quality, name)) for name, text in words.items()
    )
