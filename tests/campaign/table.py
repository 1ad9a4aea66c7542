"""The table of docs/reliability.md, from the file of results."""

import pathlib
import re
from typing import Any

from campaign.outcome import VERDICTS
from campaign.parts import PARTS

__all__ = ["lines", "render"]

_BEGIN, _END = "<!-- campaign -->", "<!-- end of campaign -->"


def lines(results: dict[str, Any]) -> list[str]:
    """Returns the table's lines, one for each part that has run."""
    heads = [
        "part",
        "inputs",
        *VERDICTS,
        "peak memory",
        "time",
        "seed",
        "commit",
        "date",
    ]
    rows = [heads, ["---"] * len(heads)]
    for name, part in PARTS.items():
        if name not in results:
            continue
        one = results[name]
        counts = [f"{one['counts'][key]:,}" for key in ("inputs", *VERDICTS)]
        cost = [f"{one['peak_memory_mb']:,} MB", f"{one['seconds']:.0f} s"]
        where = [str(one["seed"]), one["commit"], one.get("date", "")]
        rows.append([f"{name}: {part.about}", *counts, *cost, *where])
    return ["| " + " | ".join(row) + " |" for row in rows]


def _kills(results: dict[str, Any]) -> str:
    """Returns how often the commands of a part were killed."""
    kills = {
        name: sum(
            int(match[1]) * sum(verdicts.values())
            for kind, verdicts in one.get("kinds", {}).items()
            if (match := re.search(r", (\d+) kills$", kind))
        )
        for name, one in results.items()
    }
    return ", ".join(f"{name} {n}" for name, n in kills.items() if n)


def _failures(results: dict[str, Any]) -> list[str]:
    """Returns a line for each kind of failure of each part."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    for name in PARTS:
        for index, *what in results.get(name, {}).get("failures", ()):
            kinds.setdefault((name, *what), []).append(str(index))
    return [
        f"- {', '.join(key[:3])} ({key[3]}): {', '.join(numbers)}"
        for key, numbers in kinds.items()
    ]


def render(results: dict[str, Any], page: pathlib.Path) -> None:
    """Replaces the table between the page's two comments.

    Args:
        results: Content of the file of results.
        page: The page.
    """
    before, rest = page.read_text().split(_BEGIN)
    after = rest.split(_END)[1]
    machines = sorted({one["machine"] for one in results.values()})
    costs = max(r.get("input_memory_mb", 0) for r in results.values())
    missing = [name for name in PARTS if name not in results]
    body = [_BEGIN, *lines(results), "", f"Machine: {'; '.join(machines)}."]
    if costs:
        body += [f"One photograph raised memory by at most {costs:,} MB."]
    if kills := _kills(results):
        body += [f"Kills: {kills}."]
    if missing:
        body += ["", f"Not run to the end: {', '.join(missing)}."]
    if failed := _failures(results):
        body += ["", "Inputs that were wrong, by number:", "", *failed]
    page.write_text(before + "\n".join([*body, _END]) + after)
