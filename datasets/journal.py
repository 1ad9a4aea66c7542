"""What an interrupted build has prepared so far, so that it can go on."""

import contextlib
import json
import pathlib
import sqlite3
from typing import Any

_TABLE = """CREATE TABLE IF NOT EXISTS samples (
    name TEXT PRIMARY KEY, stamp TEXT, photograph BLOB, lesions BLOB,
    quality TEXT)"""


class Journal:
    """Prepared photographs in one SQLite file, each written whole or not.

    A process that is killed loses the photograph it was writing, no other.

    Args:
        path: The file; made if it is missing, anew if it is damaged.

    Raises:
        OSError: It cannot be written.

    Example:
    >>> with Journal(folder / "1.1.0.journal") as journal:
    ...     journal.write("eye", stamp, sample)
    ...     journal.stamps()
    {'eye': '...'}
    """

    def __init__(self, path: pathlib.Path):
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
        # Every statement is a transaction of its own.
        database = sqlite3.connect(self.path, isolation_level=None)
        # A killed process loses nothing; a power cut may lose the journal.
        database.execute("PRAGMA synchronous = OFF")
        database.execute(_TABLE)
        return database

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, kind, value, traceback) -> None:
        self._database.close()

    def stamps(self) -> dict[str, str]:
        """Returns name to stamp of every photograph in it."""
        return dict(self._database.execute("SELECT name, stamp FROM samples"))

    def read(self, name: str) -> dict[str, Any]:
        """Reads a photograph that is in it.

        Args:
            name: Its name.

        Returns:
            `photograph` and `lesions` as PNG bytes, and `quality`.
        """
        found = self._database.execute(
            "SELECT photograph, lesions, quality FROM samples WHERE name = ?",
            (name,),
        )
        photograph, lesions, quality = found.fetchone()
        return {
            "photograph": photograph,
            "lesions": lesions,
            "quality": json.loads(quality),
        }

    def write(self, name: str, stamp: str, sample: dict[str, Any]) -> None:
        """Writes a photograph, in place of an older one of its name.

        Args:
            name: Its name.
            stamp: What its files were like.
            sample: As `read` returns it; more in it is passed over.

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
