"""What prepared records were made from, to notice later changes."""

import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dmtdr_tf.files.whole_file import write_text
from dmtdr_tf_datasets.preparation import Source

__all__ = ["Changes", "Manifest"]

# Next to the records.
_FILE = "sources.json"
# Path, size in bytes, time of the last change in nanoseconds, and SHA-256.
_File = tuple[str, int, int, str]
# A photograph's labels, and its files.
_Row = tuple[Mapping[str, Any], list[_File]]


@dataclasses.dataclass(frozen=True)
class Changes:
    """How the photographs differ from those that records were made from.

    Args:
        added: Names of new photographs.
        removed: Names of photographs that are gone.
        changed: Names of photographs of which a file or a label changed.
    """

    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    changed: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def __str__(self) -> str:
        parts = (
            f"{len(names)} {kind} (such as {names[0]})"
            for kind, names in dataclasses.asdict(self).items()
            if names
        )
        return ", ".join(parts)


class Manifest:
    """The files and labels of every photograph of some records.

    Args:
        root: The folder that the paths are relative to.
        rows: Name of a photograph to its labels and files.
    """

    def __init__(self, root: str, rows: Mapping[str, _Row]) -> None:
        self.root = root
        self._rows = dict(rows)

    @classmethod
    def of(
        cls,
        root: str | os.PathLike[str],
        sources: Mapping[str, Iterable[Source]],
    ) -> "Manifest":
        """Returns the manifest of photographs, without reading them.

        Args:
            root: The folder that contains them.
            sources: Split to its photographs.
        """
        root = os.path.abspath(root)
        return cls(
            root,
            {
                source.name: (
                    {"split": split, **source.features()},
                    [_entry(root, os.path.abspath(f)) for f in source.files()],
                )
                for split, members in sources.items()
                for source in members
            },
        )

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> "Manifest | None":
        """Reads the manifest next to some records.

        Args:
            folder: The folder of the records.

        Returns:
            The manifest; None if there is none, or it is damaged.
        """
        try:
            text = (pathlib.Path(folder) / _FILE).read_text(encoding="utf-8")
            content = json.loads(text)
            rows = {
                name: (
                    labels,
                    [
                        (path, size, time, digest)
                        for path, size, time, digest in files
                    ],
                )
                for name, (labels, files) in content["photographs"].items()
            }
            return cls(content["root"], rows)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Writes the manifest next to its records, with the files' SHA-256.

        Args:
            folder: The folder of the records.
        """
        left = [
            name
            for name, (_, files) in self._rows.items()
            if not all(digest for *_, digest in files)
        ]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(self.digest, left))
        content = {"root": self.root, "photographs": self._rows}
        write_text(pathlib.Path(folder) / _FILE, json.dumps(content) + "\n")

    def digest(self, name: str) -> None:
        """Notes the SHA-256 of a photograph's files; `save` notes all others.

        Args:
            name: The photograph, best when its files were just read.
        """
        labels, files = self._rows[name]
        digested = []
        for path, size, time, _ in files:
            # A file that changed during the build counts as changed later.
            same = _entry(self.root, path)[1:3] == (size, time)
            digest = _digest(self.root, path) if same else ""
            digested.append((path, size, time, digest))
        self._rows[name] = labels, digested

    def changes(self, now: "Manifest") -> Changes:
        """Compares the photographs with those of a later manifest.

        A file of which only the time differs is read, and is unchanged if its
        SHA-256 is the same.

        Args:
            now: The manifest of the photographs as they are now.
        """
        common = [name for name in self._rows if name in now._rows]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            same = pool.map(lambda name: self._is_same(name, now), common)
            changed = [
                name
                for name, is_same in zip(common, same, strict=True)
                if not is_same
            ]
        return Changes(
            [name for name in now._rows if name not in self._rows],
            [name for name in self._rows if name not in now._rows],
            changed,
        )

    def _is_same(self, name: str, now: "Manifest") -> bool:
        (labels, files), (new_labels, new_files) = (
            self._rows[name],
            now._rows[name],
        )
        if labels != new_labels or len(files) != len(new_files):
            return False
        for (path, size, time, digest), new in zip(
            files, new_files, strict=True
        ):
            if (path, size) != new[:2]:
                return False
            if time != new[2] and digest != _digest(now.root, path):
                return False
        return True


def _entry(root: str, file: str | os.PathLike[str]) -> _File:
    path = os.path.join(root, file)
    name = os.path.relpath(path, root)
    try:
        stat = os.stat(path)
    except OSError:
        return name, -1, 0, ""
    return name, stat.st_size, stat.st_mtime_ns, ""


def _digest(root: str, name: str) -> str:
    try:
        with open(os.path.join(root, name), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
