import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.prediction.photograph_files import find_photographs


def test_finds_each_photograph_once_in_order(tmp_path, monkeypatch):
    (tmp_path / "more").mkdir()
    for name in ("dark.tif", "cut.jpg", "eye.jpg", "notes.txt", "more/Eye.PNG"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    files = find_photographs(["more", "eye.jpg", ".", str(tmp_path)])
    names = ["more/Eye.PNG", "eye.jpg", "cut.jpg", "dark.tif"]
    assert [str(file) for file in files] == names
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="empty: no photograph"):
        find_photographs(["empty"])
