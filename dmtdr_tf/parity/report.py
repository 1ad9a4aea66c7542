"""The report of a comparison: its files, and what it says about limits."""

import json
import os
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.whole_file import write_text

__all__ = [
    "JSON_FILE",
    "PAGE_FILE",
    "check_limits",
    "report_folder",
    "write_report",
]

JSON_FILE, PAGE_FILE = "parity.json", "parity.html"


def report_folder(export: str | os.PathLike[str]) -> pathlib.Path:
    """Returns where an export's report goes by default.

    Args:
        export: A folder, which holds its report, or a file, whose report lies
            beside it.
    """
    path = pathlib.Path(export)
    return path if path.is_dir() else path.parent


def write_report(
    folder: str | os.PathLike[str],
    report: Mapping[str, Any],
    write_page: Callable[[pathlib.Path, Mapping[str, Any]], None],
) -> None:
    """Writes `parity.json` and `parity.html`.

    Args:
        folder: Where to; created if it is missing.
        report: From `compare_exports`.
        write_page: Writes the page to a path, such as `ParityPage.write`.

    Raises:
        UserError: The folder cannot be written to.
    """
    folder = pathlib.Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(report, indent=2, allow_nan=False) + "\n"
        write_text(folder / JSON_FILE, text)
        write_page(folder / PAGE_FILE, report)
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written ({error.strerror})",
            argument="output",
        ) from None


def check_limits(report: Mapping[str, Any]) -> None:
    """Raises where an export breaks a limit.

    Args:
        report: From `compare_exports`.

    Raises:
        UserError: The message names each broken limit, with its export,
            measure and value.
    """
    failed = [
        f"{export['name']}: {check['text']}"
        for export in report["exports"]
        for check in export["checks"]
        if check["failed"]
    ]
    if failed:
        raise UserError("; ".join(failed))
