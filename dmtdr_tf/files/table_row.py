"""One row of a table, which knows the line it was read from."""

import dataclasses
import pathlib
from collections.abc import Mapping

from dmtdr_tf.files.errors import UserError

__all__ = ["TableRow"]


@dataclasses.dataclass(frozen=True)
class TableRow:
    """One row of a table.

    Args:
        path: The table's file.
        line: The number of the line in the file, from 1.
        cells: Column to the text of its cell, without spaces around it; only
            the columns that the table has.

    Example:
    >>> row = TableRow(pathlib.Path("eyes.csv"), 2, {"grade": "9"})
    >>> str(row.error("expected a grade from 0 to 4"))
    'eyes.csv: line 2: expected a grade from 0 to 4'
    """

    path: pathlib.Path
    line: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """Returns a cell's text; empty if the table lacks the column."""
        return self.cells.get(column, "")

    def error(self, message: str) -> UserError:
        """Returns an error that names the file and the line.

        Args:
            message: What is wrong and what to do about it.
        """
        return UserError(f"{self.path}: line {self.line}: {message}")
