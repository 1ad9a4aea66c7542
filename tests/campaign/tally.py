"""Counts of outcomes, and the file that keeps them."""

import collections
import fcntl
import json
import os
import pathlib
import platform
from collections.abc import Sequence
from typing import Any

from campaign.outcome import VERDICTS, Outcome

__all__ = ["load", "machine", "save", "tally"]

# Failures that the file keeps of each part: index, kind and detail.
_KEPT = 200
FAILURES = ("wrong", "crashed", "hung", "dropped")


def tally(outcomes: Sequence[Outcome | None], first: int = 0) -> dict[str, Any]:
    """Counts outcomes by verdict and by kind.

    Args:
        outcomes: One per input; None where an input has none.
        first: Number of the first input.

    Returns:
        Counts, the failures with the number of their input, those that
        are known, and peak memory.
    """
    counts = dict.fromkeys(("inputs", *VERDICTS), 0)
    kinds: dict[str, collections.Counter[str]] = {}
    failures: list[list[Any]] = []
    known: list[list[Any]] = []
    for index, outcome in enumerate(outcomes, first):
        one = outcome or Outcome("unknown", "dropped", "no outcome")
        counts["inputs"] += 1
        counts[one.verdict] += 1
        kinds.setdefault(one.kind, collections.Counter())[one.verdict] += 1
        row = [index, one.kind, one.verdict, one.detail]
        if one.verdict in FAILURES and len(failures) < _KEPT:
            failures.append(row)
        if one.verdict == "known" and len(known) < _KEPT:
            known.append(row)
    return {
        "counts": counts,
        "kinds": {kind: dict(kinds[kind]) for kind in sorted(kinds)},
        "failures": failures,
        "known": known,
        "peak_memory_mb": round(
            max((o.memory for o in outcomes if o), default=0)
        ),
        "input_memory_mb": round(
            max((o.growth for o in outcomes if o), default=0)
        ),
    }


def machine() -> str:
    """Describes the machine in a line."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return (
        f"{os.cpu_count()} cores {platform.machine()}, "
        f"{pages / 2**30:.0f} GB of memory, Python {platform.python_version()}"
    )


def load(path: pathlib.Path) -> dict[str, Any]:
    """Reads the results; empty if there are none."""
    return json.loads(path.read_text()) if path.exists() else {}


def save(path: pathlib.Path, part: str, result: dict[str, Any]) -> None:
    """Replaces one part's result in the file, and keeps the others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        # Several parts may run at once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        results = load(path) | {part: result}
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(results, indent=1) + "\n")
        partial.replace(path)
