"""The result of a census as text."""

from collections.abc import Iterator, Mapping
from typing import Any

from dmtdr_tf.files.names import printable

__all__ = ["summarize"]


def summarize(result: Mapping[str, Any]) -> str:
    """Returns the counts and the likely errors of a census as text.

    Args:
        result: From `Census.result`, with `unreadable`, a list of rows with
            `dataset` and `reason`.

    Returns:
        One line per split and per finding, and one with the totals.
    """
    lines = [
        *_counts(result["counts"]),
        *map(_difference, result["differences"]),
        *map(_duplicate, result["duplicates"]),
        *(
            f"outside the field of view: {row['components']} of "
            f"{row['lesion']} in {_photograph(row)}"
            for row in result["masks_outside"]
        ),
        *(f"{_photograph(row)}: {row['reason']}" for row in result["poor"]),
        *(
            f"{row['dataset']}: unreadable: {row['reason']}"
            for row in result["unreadable"]
        ),
        f"{len(result['duplicates'])} duplicates, "
        f"{len(result['masks_outside'])} masks outside the field of view, "
        f"{len(result['poor'])} photographs too poor to be graded, "
        f"{len(result['unreadable'])} unreadable",
    ]
    return "\n".join(map(printable, lines))


def _counts(
    counts: Mapping[str, Mapping[str, Mapping[str, int]]],
) -> Iterator[str]:
    for dataset, splits in counts.items():
        yield dataset
        for split, row in splits.items():
            cells = ", ".join(f"{k} {v}" for k, v in row.items() if v)
            yield f"  {split}: {cells}"


def _difference(row: Mapping[str, Any]) -> str:
    return (
        f"{row['dataset']} {row['split']}: {row['count']} {row['counted']}, "
        f"published {row['published']} ({row['counted'] - row['published']:+d})"
    )


def _duplicate(pair: Mapping[str, Any]) -> str:
    across = " ACROSS SPLITS" if pair["across_splits"] else ""
    conflict = ", DIFFERENT GRADES" if pair["grades_conflict"] else ""
    return (
        f"duplicate{across}: {_photograph(pair['first'])} and "
        f"{_photograph(pair['second'])}{conflict}"
    )


def _photograph(row: Mapping[str, str]) -> str:
    return f"{row['dataset']} {row['split']} {row['name']}"
