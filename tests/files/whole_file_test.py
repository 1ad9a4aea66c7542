import os

import pytest

from dmtdr_tf.files.whole_file import whole_file, write_bytes, write_text


def test_an_error_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), whole_file(path) as partial:
        partial.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_partial_file_keeps_the_suffixes(tmp_path):
    with whole_file(tmp_path / "best.weights.h5") as partial:
        # Keras refuses a weights file of another ending.
        assert partial.name.endswith(".weights.h5")
        assert partial.parent == tmp_path
        partial.touch()
    assert (tmp_path / "best.weights.h5").exists()


def test_content_is_written_as_it_is(tmp_path):
    write_bytes(tmp_path / "a", b"\r\n\xff")
    assert (tmp_path / "a").read_bytes() == b"\r\n\xff"
    write_text(tmp_path / "b", "h\u00e9\n")
    assert (tmp_path / "b").read_bytes() == b"h\xc3\xa9\n"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.json").write_text("old")
    (tmp_path / "a.json").symlink_to("real/a.json")
    write_text(tmp_path / "a.json", "new")
    assert (tmp_path / "a.json").is_symlink()
    assert (tmp_path / "real" / "a.json").read_text() == "new"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_not_replaced(tmp_path, make):
    make(tmp_path / "a")
    with pytest.raises(OSError, match="not a regular file"):
        write_text(tmp_path / "a", "new")
    assert not (tmp_path / "a").is_file()


def test_neighbors_stay_and_names_may_be_long(tmp_path):
    (tmp_path / ".partial.a").write_text("mine")
    (tmp_path / "a.partial").write_text("mine")
    name = 251 * "x" + ".csv"
    write_text(tmp_path / "a", "new")
    write_text(tmp_path / name, "new")
    assert (tmp_path / ".partial.a").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 4
