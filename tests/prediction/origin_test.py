import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.prediction.origin import Origin, origin_in_name, read_origins


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("10_left.jpeg", Origin("10", "left")),
        ("10_right.jpeg", Origin("10", "right")),
        ("P123_OD_2024-05-01.jpg", Origin("P123", "right", "2024-05-01")),
        ("p7-2024-05-01-os.tif", Origin("p7", "left", "2024-05-01")),
        ("photos/patient12_LE.png", Origin("patient12", "left")),
    ],
)
def test_unmistakable_names(name, origin):
    assert origin_in_name(name) == origin


@pytest.mark.parametrize(
    "name",
    [
        # The number of a photograph, not of a patient.
        "IDRiD_01.jpg",
        "grd_test_001.jpg",
        "IMG_0012.jpg",
        "IMG12_OD.jpg",
        "20240501_123456.jpg",
        "left.jpg",
        "10_left_2024-13-01.jpg",
        "10_left_copy.jpg",
        "10_leftover.jpg",
        "2024-05-01_10_left_2024-05-02.jpg",
        "10_2024-05-01_left_2024-05-01.jpg",
    ],
)
def test_names_that_could_mean_something_else(name):
    assert origin_in_name(name) == Origin()


def test_a_table(tmp_path):
    table = tmp_path / "photographs.csv"
    table.write_text(
        "photograph;patient;eye;date;grade\n"
        "a/1.jpg;Özil;OD;1.5.2024;2\n"
        "b.jpg;7;;;\n",
        encoding="utf-8",
    )
    origins = read_origins(table)
    assert origins == {
        (tmp_path / "a/1.jpg").resolve(): Origin("Özil", "right", "1.5.2024"),
        (tmp_path / "b.jpg").resolve(): Origin("7"),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("patient\n1\n", "line 1: no column 'photograph'"),
        ("photograph,patient\n,1\n", "line 2: the cell of the column"),
        ("photograph\na.jpg\n./a.jpg\n", "line 3: './a.jpg' is in line 2 too"),
    ],
)
def test_a_wrong_table_is_one_line(tmp_path, text, message):
    table = tmp_path / "photographs.csv"
    table.write_text(text)
    with pytest.raises(UserError, match=message):
        read_origins(table)
