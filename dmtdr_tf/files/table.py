"""Reads tables of text, and refuses what cannot mean what it seems to."""

import csv
import difflib
import io
import os
import pathlib
import re
import unicodedata
from collections.abc import Iterator, Sequence

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.table_row import TableRow

__all__ = ["TableRow", "read_lines", "read_table"]

# Spreadsheets of some countries write semicolons, copied cells have tabs.
_SEPARATORS = ",;\t"
_SAVE_AS = "save it as 'CSV UTF-8'"
_MAGIC = {
    b"PK\x03\x04": "an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
# The joiners are part of words in some scripts; other characters without a
# shape make two names differ that look the same.
_JOINERS = "\u200c\u200d"
# What a spreadsheet leaves of a long number, and its errors.
_SHORTENED = re.compile(r"[+-]?\d([.,]\d+)?E\+\d+")
_SHEET_ERROR = re.compile(r"#(REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!)")


def read_table(
    path: str | os.PathLike[str],
    required: Sequence[str],
    optional: Sequence[str] | None = None,
    *,
    may_be_empty: bool = False,
) -> list[TableRow]:
    r"""Reads a table whose first line names its columns.

    The file is UTF-8, with or without a byte order mark, and separated by
    commas, semicolons or tabs. Lines without any text are skipped, and so are
    columns without a name and without any text.

    Args:
        path: The file.
        required: Columns that the table must have.
        optional: Columns that it may have besides; None for any.
        may_be_empty: Accept a table that only names its columns.

    Returns:
        The rows, in the order of the file.

    Raises:
        UserError: There is no such file, it is not UTF-8 or has another
            structure. The message names the line and says what to do.

    Example:
    >>> import tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "eyes.csv")
    >>> _ = path.write_text("photograph;grade\na.jpg;2\n")
    >>> [(row.line, row.cells) for row in read_table(path, ["photograph"])]
    [(2, {'photograph': 'a.jpg', 'grade': '2'})]
    """
    path = pathlib.Path(path)
    lines = _split(path, _read_text(path))
    line, header = next(lines, (1, []))
    if not header:
        raise UserError(
            f"{path}: the file is empty; its first line must name the columns "
            f"{', '.join(required)}"
        )
    columns = _checked_header(TableRow(path, line, {}), header, required)
    _refuse_unknown(TableRow(path, line, {}), columns, required, optional)
    rows = [_row(path, line, columns, cells) for line, cells in lines]
    if not rows and not may_be_empty:
        raise UserError(f"{path}: there is no row below the names of columns")
    return rows


def read_lines(path: str | os.PathLike[str]) -> list[tuple[int, str]]:
    """Reads the lines of a text file that contain any text.

    Args:
        path: The file.

    Returns:
        Number of the line, from 1, and its text without spaces around it.

    Raises:
        UserError: There is no such file, or it is not UTF-8.
    """
    text = _read_text(pathlib.Path(path)).replace("\r\n", "\n")
    lines = enumerate(text.replace("\r", "\n").split("\n"), 1)
    return [(number, line.strip()) for number, line in lines if line.strip()]


def _read_text(path: pathlib.Path) -> str:
    """Reads a UTF-8 file and names the line that is not."""
    if path.exists() and not path.is_file():
        raise UserError(f"{path}: not a file; expected a table")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: {(error.strerror or '').lower()}") from None
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise UserError(
                f"{path}: line 1 is not UTF-8: the file is {kind}; {_SAVE_AS}"
            )
    for at in (data.find(b"\0"), _undecodable(data)):
        if at >= 0:
            line = _line_of(data, at)
            what = f"the byte 0x{data[at]:02x}"
            raise UserError(
                f"{path}: line {line} is not UTF-8 text: it contains {what}; "
                f"{_SAVE_AS}"
            )
    return data.decode("utf-8-sig")


def _undecodable(data: bytes) -> int:
    """Returns the place of the first byte that is not UTF-8, or -1."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return -1


def _line_of(data: bytes, at: int) -> int:
    return len(re.findall(rb"\r\n|\r|\n", data[:at])) + 1


def _split(path: pathlib.Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yields the number and the stripped cells of every line with text."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=_separator(text), strict=True
    )
    last = 0
    try:
        for cells in reader:
            line, last = last + 1, reader.line_num
            if last > line:
                break
            if any(cell.strip() for cell in cells):
                yield line, [cell.strip() for cell in cells]
        else:
            return
    except csv.Error:
        line = last + 1
    raise UserError(
        f"{path}: line {line}: the quotation marks do not match; every cell "
        "that opens with one must close with one in the same line"
    )


def _separator(text: str) -> str:
    """Returns the separator that splits the header into the most columns."""
    header = next(iter(text.lstrip().splitlines()), "")
    return max(_SEPARATORS, key=header.count)


def _checked_header(
    place: TableRow, header: Sequence[str], required: Sequence[str]
) -> list[str]:
    """Refuses a header that names a column twice, or lacks one."""
    for name in header:
        _refuse_damaged(place, name)
        if name and header.count(name) > 1:
            raise place.error(f"there are two columns {name!r}; rename one")
    for name in required:
        if name not in header:
            close = _close(name, header)
            hint = f"is it {close!r}?" if close else _names(header)
            raise place.error(
                f"no column {name!r}; the first line must name it ({hint})"
            )
    return list(header)


def _refuse_unknown(
    place: TableRow,
    header: Sequence[str],
    required: Sequence[str],
    optional: Sequence[str] | None,
) -> None:
    if optional is None:
        return
    known = [*required, *optional]
    for name in header:
        if name and name not in known:
            close = _close(name, known)
            hint = f"did you mean {close!r}? " if close else ""
            raise place.error(
                f"unknown column {name!r}; {hint}known: {', '.join(known)}"
            )


def _close(name: str, names: Sequence[str]) -> str:
    by_case = {other.casefold(): other for other in names if other}
    close = difflib.get_close_matches(name.casefold(), by_case, 1)
    return by_case[close[0]] if close else ""


def _names(header: Sequence[str]) -> str:
    return "it names " + ", ".join(repr(name) for name in header if name)


def _row(
    path: pathlib.Path, line: int, columns: Sequence[str], cells: Sequence[str]
) -> TableRow:
    """Matches a line's cells with the columns; columns may lack a name."""
    # Spreadsheets add nameless columns at the end of some lines only, so a
    # line may be shorter than the header.
    pairs = list(zip(columns, cells, strict=False))
    row = TableRow(path, line, {name: cell for name, cell in pairs if name})
    least = max(at for at, name in enumerate(columns, 1) if name)
    if not least <= len(cells) <= len(columns):
        amount = "few" if len(cells) < least else "many"
        raise row.error(
            f"too {amount} cells: {len(cells)}, but line 1 names {least} "
            "columns; put quotation marks around a cell that contains the "
            "separator, and leave a cell empty rather than out"
        )
    for name, cell in pairs:
        if cell and not name:
            raise row.error(
                f"the cell {cell!r} is in a column without a name; name it in "
                "line 1, or empty the cell"
            )
        _refuse_damaged(row, cell)
    return row


def _refuse_damaged(row: TableRow, cell: str) -> None:
    """Refuses what an editor or a spreadsheet made of a cell."""
    for character in () if cell.isprintable() else cell:
        hidden = unicodedata.category(character) in ("Cc", "Cf")
        if hidden and character not in _JOINERS:
            raise row.error(
                f"the cell {ascii(cell)} contains the invisible character "
                f"U+{ord(character):04X}; remove it"
            )
    if cell.startswith("=") or _SHEET_ERROR.fullmatch(cell):
        raise row.error(
            f"the cell {cell!r} is a formula; write its value instead"
        )
    if _SHORTENED.fullmatch(cell):
        raise row.error(
            f"a spreadsheet shortened the number in the cell {cell!r}; format "
            "the column as text and write the number in full"
        )
