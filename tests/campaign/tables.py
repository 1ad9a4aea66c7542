"""`photographs.csv` as programs and people write it, with known rows."""

import contextlib
import io
import pathlib
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
from campaign.encoders import ENCODERS
from campaign.eyes import draw_eye
from campaign.mutations import MUTATIONS
from campaign.outcome import Outcome, of_error

__all__ = ["QUIRKS", "make_judge"]

Rows = list[list[str]]
Random = np.random.Generator
_NAMES = ("é.png", "b 1.png", "sub/c.png", "d.png", "e,f.png", "Ö.png")
_HEADER = ["photograph", "patient", "grade"]


def _text(rows: Rows, separator: str = ",", end: str = "\n") -> str:
    def cell(value: str) -> str:
        risky = any(c in value for c in (separator, '"', "\n"))
        return '"' + value.replace('"', '""') + '"' if risky else value

    return "".join(separator.join(map(cell, row)) + end for row in rows)


def _cells(rng: Random, rows: Rows, column: int, value: str) -> Rows:
    changed = [list(row) for row in rows]
    changed[int(rng.integers(1, len(rows)))][column] = value
    return changed


def _grade(value: str) -> Callable[[Random, Rows], bytes]:
    return lambda rng, rows: _text(_cells(rng, rows, 2, value)).encode()


def _doubled(rng: Random, rows: Rows) -> bytes:
    return _text([*rows, rows[int(rng.integers(1, len(rows)))]]).encode()


def _disguised(rng: Random, rows: Rows) -> bytes:
    again = list(rows[int(rng.integers(1, len(rows)))])
    again[0] = "./" + again[0]
    return _text([*rows, again]).encode()


def _short(rng: Random, rows: Rows) -> bytes:
    at = int(rng.integers(1, len(rows)))
    return _text([*rows[:at], rows[at][:2], *rows[at + 1 :]]).encode()


def _long(rng: Random, rows: Rows) -> bytes:
    return _text([*rows[:-1], [*rows[-1], "7"]]).encode()


def _open_quote(rng: Random, rows: Rows) -> bytes:
    lines = _text(rows).split("\n")
    at = int(rng.integers(1, len(rows)))
    lines[at] = '"' + lines[at]
    return "\n".join(lines).encode()


def _swapped(rng: Random, rows: Rows) -> bytes:
    order = rng.permutation(3)
    return _text([[row[i] for i in order] for row in rows]).encode()


# How a table is written, and whether its rows still mean the same.
QUIRKS: dict[str, tuple[Callable[[Random, Rows], bytes], bool]] = {
    "plain": (lambda rng, rows: _text(rows).encode(), True),
    "byte-order mark": (lambda r, rows: _text(rows).encode("utf-8-sig"), True),
    "Windows lines": (lambda r, rows: _text(rows, end="\r\n").encode(), True),
    "Mac lines": (lambda r, rows: _text(rows, end="\r").encode(), True),
    "blank lines": (lambda r, rows: _text(rows, end="\n\n").encode(), True),
    "semicolons": (lambda r, rows: _text(rows, ";").encode(), True),
    "tabs": (lambda r, rows: _text(rows, "\t").encode(), True),
    "UTF-16": (lambda r, rows: _text(rows).encode("utf-16"), True),
    "Latin-1": (lambda r, rows: _text(rows).encode("latin-1"), True),
    "decomposed names": (
        lambda r, rows: unicodedata.normalize("NFD", _text(rows)).encode(),
        True,
    ),
    "columns in another order": (_swapped, True),
    "grade 7": (_grade("7"), False),
    "grade 2.0": (_grade("2.0"), False),
    "grade -1": (_grade("-1"), False),
    "grade in words": (_grade("mild"), False),
    "grade in other digits": (_grade("٣"), False),
    "missing photograph": (
        lambda rng, rows: _text(_cells(rng, rows, 0, "no.png")).encode(),
        False,
    ),
    "leaves the folder": (
        lambda rng, rows: _text(_cells(rng, rows, 0, "../x.png")).encode(),
        False,
    ),
    "NUL": (
        lambda rng, rows: _text(_cells(rng, rows, 0, "a\0.png")).encode(),
        False,
    ),
    "row twice": (_doubled, False),
    "row twice in disguise": (_disguised, False),
    "short row": (_short, False),
    "long row": (_long, False),
    "quote left open": (_open_quote, False),
    "header alone": (lambda rng, rows: _text(rows[:1]).encode(), False),
    "empty": (lambda rng, rows: b"", False),
}
_DAMAGED = 0.3


class _Tables:
    def __init__(self, seed: int, folder: pathlib.Path, shared: pathlib.Path):
        self.seed, self.folder = seed, folder
        photograph = ENCODERS["png"].write(draw_eye(0, 96))
        (folder / "sub").mkdir()
        for name in _NAMES:
            (folder / name).write_bytes(photograph)

    def __call__(self, index: int) -> Outcome:
        rng = np.random.default_rng([self.seed, index])
        grades = rng.integers(0, 5, len(_NAMES)).astype(str)
        rows = [
            _HEADER,
            *([n, f"p{n}", g] for n, g in zip(_NAMES, grades, strict=True)),
        ]
        kind = list(QUIRKS)[index % len(QUIRKS)]
        write, same = QUIRKS[kind]
        data = write(rng, rows)
        if rng.random() < _DAMAGED and data:
            mutation = list(MUTATIONS)[int(rng.integers(len(MUTATIONS)))]
            data = MUTATIONS[mutation](rng, data)
            kind, same = f"{kind}, {mutation}", False
        (self.folder / "photographs.csv").write_bytes(data)
        return self._judge(kind, rows[1:], same)

    def _judge(self, kind: str, rows: Rows, same: bool) -> Outcome:
        from dmtdr_tf_datasets.folder.table import read_rows

        told = io.StringIO()
        try:
            with (
                contextlib.redirect_stdout(told),
                contextlib.redirect_stderr(told),
            ):
                read = read_rows(self.folder)
        except Exception as error:
            return of_error(kind, error)
        answer = {(_composed(row.name), str(row.grade)) for row in read}
        truth = {(_composed(row[0]), row[2]) for row in rows}
        if same and answer != truth:
            text = f"{len(read)} rows of {len(truth)}, or other labels"
            return Outcome(kind, "wrong", text)
        has_rows = kind not in ("header alone", "empty") and "," not in kind
        if has_rows and len(answer) < len(truth) and not told.getvalue():
            return Outcome(kind, "wrong", "a row vanished without a word")
        if any(row.grade not in range(-1, 5) for row in read):
            return Outcome(kind, "wrong", "a grade that does not exist")
        return Outcome(kind, "accepted")


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def make_judge(**arguments: Any) -> Callable[[int], Outcome]:
    """Returns the judge of this part's inputs, for a worker."""
    return _Tables(**arguments)
