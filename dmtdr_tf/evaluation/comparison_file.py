"""Writes and lays out the comparison of two models."""

import csv
import io
import json
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dmtdr_tf.evaluation.measurement import figure_at
from dmtdr_tf.evaluation.report import (
    bootstrap_text,
    number_text,
    photographs_text,
)
from dmtdr_tf.evaluation.rows import Row, sections
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.whole_file import write_text

__all__ = ["check_format", "comparison_table", "write_comparison"]

Result = Mapping[str, Any]

_SUFFIXES = (".json", ".csv")
_COLUMNS = (
    "section",
    "figure",
    "key",
    *("a", "a_low", "a_high"),
    *("b", "b_low", "b_high"),
    *("difference", "difference_low", "difference_high"),
)
_WIDTH = 34


def check_format(output: pathlib.Path) -> None:
    """Refuses a file that is neither JSON nor CSV.

    Args:
        output: The file to write.

    Raises:
        UserError: Its name ends in neither `.json` nor `.csv`.
    """
    if output.suffix.lower() not in _SUFFIXES:
        raise UserError(
            f"{output} must end in {' or '.join(_SUFFIXES)}", argument="output"
        )


def write_comparison(output: pathlib.Path, result: Result) -> None:
    """Writes a comparison, whole or not at all.

    Args:
        output: The file; its suffix decides between JSON and CSV.
        result: From `compare_workdirs`.

    Raises:
        OSError: The file cannot be written.
    """
    if output.suffix.lower() == ".csv":
        write_text(output, _as_csv(result))
        return
    write_text(output, json.dumps(result, indent=2, allow_nan=False) + "\n")


def comparison_table(result: Result) -> str:
    """Lays out a comparison for the terminal.

    Args:
        result: From `compare_workdirs`.

    Returns:
        Lines of text, without a line break at the end.
    """
    confidence = 100 * result["bootstrap"]["confidence"]
    lines = []
    for section in sections(result["a"]):
        lines += [
            f"{section.title} ({photographs_text(section.photographs)})",
            _line("", "A", "B", "B - A", f"{confidence:g} % interval"),
            *(_compared(row, result) for row in section.rows),
            "",
        ]
    if not any(
        _difference(row, result)[0]
        for section in sections(result["a"])
        for row in section.rows
    ):
        lines.append("A and B do not differ in any figure: the same weights?")
    return "\n".join(
        [
            *lines,
            "*: the interval of the difference does not contain 0.",
            bootstrap_text(result),
        ]
    )


def _compared(row: Row, result: Result) -> str:
    difference, ends = _difference(row, result)
    is_clear = ends is not None and not ends[0] <= 0 <= ends[1]
    return _line(
        row.text,
        number_text(row.value),
        number_text(figure_at(result["b"], row.path)),
        "-" if difference is None else f"{difference:+.4f}",
        "-" if ends is None else f"{ends[0]:+.4f} to {ends[1]:+.4f}",
        " *" if is_clear else "",
    )


def _difference(
    row: Row, result: Result
) -> tuple[float | None, Sequence[float] | None]:
    found = figure_at(result["differences"], row.path) or {}
    return found.get("difference"), found.get("interval")


def _line(
    name: str, one: str, other: str, difference: str, ends: str, mark: str = ""
) -> str:
    columns = f"{one:>9}{other:>10}{difference:>10}{ends:>22}"
    return f"  {name:{_WIDTH}}{columns}{mark}"


def _as_csv(result: Result) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_csv_rows(result))
    return file.getvalue()


def _csv_rows(result: Result) -> Iterator[tuple[Any, ...]]:
    for section in sections(result["a"]):
        for row in section.rows:
            difference, ends = _difference(row, result)
            yield (
                section.title,
                row.text.strip(),
                ".".join(row.path),
                row.value,
                *(row.interval or (None, None)),
                figure_at(result["b"], row.path),
                *(
                    figure_at(result["b"].get("intervals"), row.path)
                    or (None, None)
                ),
                difference,
                *(ends or (None, None)),
            )
