import csv
import io
import os
import pathlib

import pytest

from dmtdr_tf.files.names import csv_cell, plain_cell, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("eye 1.jpg", "eye 1.jpg"),
        (pathlib.Path("a", "b.jpg"), os.path.join("a", "b.jpg")),
        ("\x1b[31mred\x07\n\t\x9b", "\\x1b[31mred\\x07\\x0a\\x09\\x9b"),
        ("photo\u202egpj.exe", "photo\\u202egpj.exe"),
        ("\u2028\u2066\u00ad\ufeff", "\\u2028\\u2066\\xad\\ufeff"),
        ("\udcff\udce9\ud800", "\\xff\\xe9\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        # Words of any script, and emoji, stay.
        ("Özil \u05e2\u05d9\u05df", "Özil \u05e2\u05d9\u05df"),
        ("\U0001f468\u200d\u2695\ufe0f", "\U0001f468\u200d\u2695\ufe0f"),
    ],
)
def test_only_what_has_no_shape_is_written_out(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+a", "-a", "@sum", "\tx", "\rx", "\nx", " =1", "＝1", "--1"],
)
def test_no_cell_begins_a_formula_and_each_is_read_back(text):
    assert csv_cell(text) == f"'{text}"
    assert plain_cell(csv_cell(text)) == text


@pytest.mark.parametrize("text", ["-1", "+0.5", "-1e-07", "1.", "", "a=b"])
def test_numbers_and_harmless_text_stay(text):
    assert csv_cell(text) == plain_cell(csv_cell(text)) == text


def test_an_apostrophe_is_read_back():
    assert plain_cell(csv_cell("'t.jpg")) == "'t.jpg"


def test_a_whole_table_is_read_back():
    cells = ["=a,b", "'x", '"', "-2.5", "a\nb", "@"]
    file = io.StringIO(newline="")
    csv.writer(file).writerow([csv_cell(cell) for cell in cells])
    (row,) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert [plain_cell(cell) for cell in row] == cells
