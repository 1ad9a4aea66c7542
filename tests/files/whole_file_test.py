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
