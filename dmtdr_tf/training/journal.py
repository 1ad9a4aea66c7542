"""The rows of a run's `metrics.jsonl`."""

import pathlib
from typing import Any

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.json_file import brief, parse_object, read_bytes

__all__ = ["read_journal"]

_REMEDY = "delete it: only the history of past epochs is lost"


def read_journal(path: pathlib.Path) -> list[dict[str, Any]]:
    """Reads the rows of a journal, one for each epoch of each phase.

    The last line may be torn, because a run that was killed or a disk that
    was full leaves it so; it is left out.

    Args:
        path: The file; without it there are no rows.

    Returns:
        The rows, each with `phase` and `epoch`, and figures by name.

    Raises:
        UserError: The file cannot be read, or a line is not a row.
    """
    try:
        lines = read_bytes(path, largest=1_000_000_000).split(b"\n")
    except FileNotFoundError:
        return []
    except UserError as error:
        raise UserError(f"{error}; {_REMEDY}") from None
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            rows.append(_row(line, f"{path}: line {number}"))
        except UserError:
            if number < len(lines):
                raise
    return rows


def _row(line: bytes, where: str) -> dict[str, Any]:
    row = parse_object(line, where, "not a row of a journal", _REMEDY)
    phase, epoch = row.get("phase"), row.get("epoch")
    if type(phase) is not str or type(epoch) is not int or epoch < 1:
        raise UserError(
            f"{where}: not a row of a journal: phase is {brief(phase)} and "
            f"epoch is {brief(epoch)}; {_REMEDY}"
        )
    return row
