"""Tables of text: what is read, and what is refused in one line."""

import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.table import read_lines, read_table

TEXT = "photograph,grade\na.jpg,2\n"


@pytest.fixture
def read(tmp_path):
    def read(content, required=("photograph",), optional=("grade", "patient")):
        path = tmp_path / "eyes.csv"
        data = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(data)
        rows = read_table(path, required, optional)
        return [(row.line, dict(row.cells)) for row in rows]

    return read


EXPECTED = [(2, {"photograph": "a.jpg", "grade": "2"})]


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        "\ufeff" + TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "\r"),
        TEXT.rstrip(),
        TEXT.replace(",", ";"),
        TEXT.replace(",", "\t"),
        " photograph , grade \n a.jpg , 2 \n",
        '"photograph","grade"\n"a.jpg","2"\n',
        TEXT + "\n,\n   \n",
        # A spreadsheet's empty columns, as in IDRiD's tables.
        "photograph,grade,,,\na.jpg,2,,,\n",
        "photograph,grade,,,\na.jpg,2\n",
    ],
)
def test_usual_forms_are_read_alike(read, content):
    assert read(content) == EXPECTED


def test_lines_are_those_of_the_file(read):
    rows = read("\nphotograph\n\na.jpg\n\n\nb.jpg\n")
    assert [line for line, _ in rows] == [4, 7]


def test_cells_keep_separators_in_quotation_marks(read):
    assert read('photograph,grade\n"a,1.jpg",2\n')[0][1]["photograph"] == (
        "a,1.jpg"
    )


def test_any_column_is_kept_where_none_is_refused(read):
    assert read("photograph,eye\na.jpg,left\n", optional=None) == [
        (2, {"photograph": "a.jpg", "eye": "left"})
    ]


WRONG = {
    "empty": ("", "the file is empty; its first line must name"),
    "blank": ("\n \n", "the file is empty"),
    "header only": ("photograph,grade\n", "there is no row"),
    "cp1252": (
        "photograph,patient\na.jpg,Meyer\nb.jpg,Müller\n".encode("cp1252"),
        "line 3 is not UTF-8 text: .*0xfc; save it as 'CSV UTF-8'",
    ),
    "utf-16": (TEXT.encode("utf-16"), "line 1 is not UTF-8: .*UTF-16; save"),
    "utf-16 without mark": (TEXT.encode("utf-16-le"), "line 1 is not UTF-8"),
    "zeros": (b"photograph\na.jpg\n\0\0", "line 3 is not UTF-8 text: .*0x00"),
    "workbook": (b"PK\x03\x04....", "line 1 is not UTF-8: .*Excel workbook"),
    "no column": ("image,grade\na,1\n", "line 1: no column 'photograph'"),
    "case": ("Photograph\na\n", "line 1: no column .*is it 'Photograph'"),
    "unknown": ("photograph,grad\na,1\n", "'grad'; did you mean 'grade'"),
    "twice": ("photograph,grade,grade\na,1,2\n", "two columns 'grade'"),
    "few": (TEXT + "b.jpg\n", "line 3: too few cells: 1, .* 2 columns"),
    "many": (TEXT + "b.jpg,1,\n", "line 3: too many cells: 3, .* 2 columns"),
    "mixed": ("photograph;grade\na.jpg,1\n", "line 2: too few cells"),
    "nameless": ("photograph,\na.jpg,5\n", "line 2: .*without a name"),
    "open quote": (
        'photograph,grade\na.jpg,1\n"b.jpg,2\nc.jpg,3\n',
        "line 3: the quotation marks do not match",
    ),
    "swallowed lines": (
        'photograph,grade\n"a.jpg,1\nb.jpg,2\nc.jpg",3\nd.jpg,4\n',
        "line 2: the quotation marks do not match",
    ),
    "after a quote": ('photograph\n"a"b.jpg\n', "line 2: the quotation marks"),
    "endless": ('photograph\n"' + "x" * 200_000, "line 2: the quotation marks"),
    "formula": ("photograph\n=A1\n", "line 2: the cell '=A1' is a formula"),
    "sheet error": (
        TEXT + "b,#REF!\n",
        "line 3: the cell '#REF!' is",
    ),
    "shortened": (
        "photograph,patient\na.jpg,1.23E+11\n",
        "line 2: a spreadsheet shortened the number in the cell '1.23E",
    ),
    "escape": ("photograph\na\x1b[2J.jpg\n", "line 2: .*'a.x1b.*U\\+001B"),
    "zero width": ("photograph\na\u200b.jpg\n", "line 2: .*U\\+200B"),
    "second mark": (TEXT + "\ufeffb.jpg,1\n", "line 3: .*U\\+FEFF"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_cannot_mean_what_it_seems_is_one_line(read, kind):
    content, message = WRONG[kind]
    with pytest.raises(UserError, match=rf"eyes\.csv: .*{message}") as error:
        read(content)
    assert "\n" not in str(error.value)
    assert str(error.value).isprintable()


def test_table_without_rows_is_read_where_it_may_be(tmp_path):
    path = tmp_path / "eyes.csv"
    path.write_text("photograph\n")
    assert read_table(path, ["photograph"], may_be_empty=True) == []


def test_missing_file_and_folder_are_named(tmp_path):
    with pytest.raises(UserError, match=r"eyes\.csv: no such file"):
        read_table(tmp_path / "eyes.csv", ["photograph"])
    with pytest.raises(UserError, match="not a file"):
        read_table(tmp_path, ["photograph"])


def test_lines_of_a_list(tmp_path):
    path = tmp_path / "train.txt"
    path.write_bytes(b"\xef\xbb\xbfa.jpg 1\r\n\r\n b.jpg 2 \r\n")
    assert read_lines(path) == [(1, "a.jpg 1"), (3, "b.jpg 2")]
    path.write_bytes(b"a.jpg 1\nM\xfcller.jpg 2\n")
    with pytest.raises(UserError, match="line 2 is not UTF-8"):
        read_lines(path)
