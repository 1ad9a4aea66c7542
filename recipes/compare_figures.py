"""Compares the figures of a model's card with those measured again."""

import json
import pathlib
import sys
from collections.abc import Iterator, Mapping
from typing import Any

# The last digits depend on the machine.
LARGEST_DIFFERENCE = 0.005


def figures(
    values: Mapping[str, Any], name: str = ""
) -> Iterator[tuple[str, float]]:
    """Yields every number of an evaluation with its dotted name.

    Args:
        values: The evaluation, or a part of it.
        name: The part's name.
    """
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from figures(value, f"{name}{key}.")
        elif isinstance(value, (int, float)):
            yield f"{name}{key}", float(value)


def read(path: str) -> dict[str, float]:
    """Reads the numbers of an evaluation, without its provenance.

    Args:
        path: What `dmtdr evaluate` wrote.
    """
    values = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    values.pop("provenance", None)
    return dict(figures(values))


def compare(card: str, measured: str) -> list[str]:
    """Returns a line for each figure that is missing or differs.

    Args:
        card: The evaluation in the model's folder.
        measured: The one measured again.
    """
    expected, found = read(card), read(measured)
    return [
        f"{name}: {value:.4f} in the card, {found.get(name, 'missing')} here"
        for name, value in expected.items()
        if abs(found.get(name, float("inf")) - value) > LARGEST_DIFFERENCE
    ]


if __name__ == "__main__":
    different = compare(*sys.argv[1:3])
    print("\n".join(different) or "every figure of the card is reproduced")
    sys.exit(bool(different))
