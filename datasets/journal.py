"""Keeps prepared photographs, so that an interrupted build can resume."""

import contextlib
import json
import pathlib
import sqlite3
from types import TracebackType
from typing import Any

__all__ = ["Journal", "remove"]

_TABLE = """CREATE TABLE IF NOT EXISTS samples (
    name TEXT PRIMARY KEY, stamp TEXT, photograph BLOB, lesions BLOB,
    quality TEXT)"""


class Journal:
    """Prepared photographs in one SQLite file.

    Each photograph is written completely or not at all: a process that is
    killed loses only the photograph it was writing.

    Args:
        path: The file. It is created if it is missing, and replaced if it is
            damaged.

    Raises:
        OSError: It cannot be written.

    Example:
    >>> import tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "1.1.0.journal")
    >>> sample = {"photograph": b"", "lesions": b"", "quality": {"field": 1.0}}
    >>> with Journal(path) as journal:
    ...     journal.write("eye", "eye.jpg 1024", sample)
    ...     journal.stamps()
    {'eye': 'eye.jpg 1024'}
    """

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._database = self._open()
        except sqlite3.OperationalError as error:
            raise self._unwritable(error) from None
        except sqlite3.DatabaseError:
            path.unlink()
            self._database = self._open()

    def _open(self) -> sqlite3.Connection:
        # Every statement is its own transaction.
        database = sqlite3.connect(self.path, isolation_level=None)
        # A killed process loses nothing; a power failure may lose the journal.
        database.execute("PRAGMA synchronous = OFF")
        database.execute(_TABLE)
        return database

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()

    def stamps(self) -> dict[str, str]:
        """Returns the name and the stamp of every photograph."""
        return dict(self._database.execute("SELECT name, stamp FROM samples"))

    def read(self, name: str) -> dict[str, Any]:
        """Reads a photograph.

        Args:
            name: Its name; it must be in the journal.

        Returns:
            `photograph` and `lesions` as PNG bytes, and `quality`.
        """
        rows = self._database.execute(
            "SELECT photograph, lesions, quality FROM samples WHERE name = ?",
            (name,),
        )
        photograph, lesions, quality = rows.fetchone()
        return {
            "photograph": photograph,
            "lesions": lesions,
            "quality": json.loads(quality),
        }

    def write(self, name: str, stamp: str, sample: dict[str, Any]) -> None:
        """Writes a photograph, replacing an earlier one of the same name.

        Args:
            name: Its name.
            stamp: The state of its files, to notice later changes.
            sample: As `read` returns it; other keys are ignored.

        Raises:
            OSError: The disk is full.
        """
        row = (
            name,
            stamp,
            sample["photograph"],
            sample["lesions"],
            json.dumps(sample["quality"]),
        )
        try:
            self._database.execute(
                "INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?)", row
            )
        except sqlite3.OperationalError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: sqlite3.Error) -> OSError:
        return OSError(f"{self.path}: {error}")


def remove(path: pathlib.Path) -> None:
    """Removes a journal that is no longer needed.

    Args:
        path: Its file; it need not exist.
    """
    for file in (path, path.with_name(path.name + "-journal")):
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
