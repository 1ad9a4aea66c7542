"""The comparison that `dmtdr export` and `dmtdr parity` print."""

import os
import pathlib
import sys
from collections.abc import Sequence

from dmtdr_tf.commands.terminal import show
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.parity.comparison import compare_exports
from dmtdr_tf.parity.limits import Kind, Limits
from dmtdr_tf.parity.photograph_source import PhotographSource
from dmtdr_tf.parity.report import (
    PAGE_FILE,
    check_limits,
    report_folder,
    write_report,
)
from dmtdr_tf.reporting.parity_page import ParityPage

__all__ = ["compare"]


def compare(
    exports: Sequence[str | os.PathLike[str]],
    run: RunFolder,
    source: PhotographSource,
    output: str | os.PathLike[str] = "",
    *,
    stage: int | None = None,
    kind: Kind | None = None,
    limits: Limits | None = None,
    timings: bool = False,
) -> None:
    """Compares exports, writes the report and prints where it lies.

    Args:
        exports: As in `compare_exports`, like the others.
        run: The run's folder.
        source: The photographs.
        output: The report's folder; that of the first export by default.
        stage: The stage to compare with.
        kind: How exact the exports should be.
        limits: Limits that replace those of the kind.
        timings: Also measure time and memory.

    Raises:
        UserError: The comparison fails, the report cannot be written, or a
            limit is broken (raised after the report is written).
    """
    folder = pathlib.Path(output or report_folder(exports[0]))
    page = ParityPage()
    report = compare_exports(
        exports,
        run,
        source,
        stage=stage,
        kind=kind,
        limits=limits,
        timings=timings,
        observe=page.add,
        progress=_show,
    )
    if sys.stderr.isatty():
        print(file=sys.stderr)
    write_report(folder, report, page.write)
    show(f"Compared: {folder / PAGE_FILE}")
    check_limits(report)
    for export in report["exports"]:
        if export["missing"]:
            show(f"{export['name']} lacks {', '.join(export['missing'])}")


def _show(text: str) -> None:
    """One line on a terminal, which the next replaces; nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
