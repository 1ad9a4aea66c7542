import os
import socket

import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.prediction.photograph_files import check_named, find_photographs


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


def test_nothing_in_a_folder_is_left_unmentioned(tmp_path):
    (tmp_path / "sub.jpg").mkdir()
    for name in ("a.jfif", "b.WEBP", "c.jpg.txt", "d.dcm", "e.ppm", "noend"):
        (tmp_path / name).touch()
    for name in ("._a.jpg", ".DS_Store", "Thumbs.db"):
        (tmp_path / name).touch()
    notes = []
    files = find_photographs([str(tmp_path)], notes.append)
    assert [file.name for file in files] == ["a.jfif", "b.WEBP"]
    assert notes == [
        f"{tmp_path}: left out: 4 files that are no photograph (c.jpg.txt, "
        "d.dcm, e.ppm, noend), 1 subfolder (sub.jpg), 3 of the system's own "
        "files"
    ]


def test_a_folder_without_a_photograph_says_what_it_has(tmp_path):
    (tmp_path / "a.dcm").touch()
    with pytest.raises(UserError, match=r"it has 1 file .*\(a\.dcm\)$"):
        find_photographs([str(tmp_path)])


def test_many_names_are_counted(tmp_path):
    for number in range(30):
        (tmp_path / f"{number:02}.txt").touch()
    (tmp_path / "a.jpg").touch()
    notes = []
    find_photographs([str(tmp_path)], notes.append)
    assert "30 files that are no photograph (00.txt, " in notes[0]
    assert "09.txt and 20 more)" in notes[0]


def test_pipes_sockets_links_and_loops_are_rows(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    (tmp_path / "one.jpg").symlink_to("two.jpg")
    (tmp_path / "two.jpg").symlink_to("one.jpg")
    (tmp_path / "gone.jpg").symlink_to("nowhere")
    (tmp_path / "device.jpg").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as listener:
        cwd = os.getcwd()
        os.chdir(tmp_path)
        listener.bind("socket.jpg")
        os.chdir(cwd)
    names = {file.name for file in find_photographs([str(tmp_path)])}
    assert names == {
        *("pipe.jpg", "loop.jpg", "one.jpg", "two.jpg", "gone.jpg"),
        *("device.jpg", "socket.jpg"),
    }


def test_a_file_that_is_named_twice_is_mentioned(tmp_path):
    (tmp_path / "a.jpg").touch()
    (tmp_path / "b.jpg").symlink_to("a.jpg")
    notes = []
    files = find_photographs([str(tmp_path)], notes.append)
    assert [file.name for file in files] == ["a.jpg"]
    assert notes == ["named more than once, taken once: b.jpg"]


def test_patterns(tmp_path):
    for name in ("b.jpg", "a.jpg", "c[1].jpg", "d.png"):
        (tmp_path / name).touch()

    def found(pattern):
        return [f.name for f in find_photographs([str(tmp_path / pattern)])]

    assert found("*.jpg") == ["a.jpg", "b.jpg", "c[1].jpg"]
    assert found("c[1].jpg") == ["c[1].jpg"]
    # It is a row: no such file.
    assert found("*.tif") == ["*.tif"]


def test_names_that_cannot_be_files(tmp_path):
    with pytest.raises(UserError, match="name of a photograph is empty"):
        find_photographs([""])
    long = tmp_path / (300 * "x" + ".jpg")
    assert find_photographs([str(long)]) == [long]


def test_a_folder_that_cannot_be_read_is_one_line(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(UserError, match=": Permission denied"):
        find_photographs([str(tmp_path)])


def test_where_no_named_file_exists_nothing_starts(tmp_path):
    here, gone = tmp_path / "here.jpg", tmp_path / "gone.jpg"
    here.touch()
    check_named([gone, here])
    with pytest.raises(UserError, match="gone.jpg: no such file, nor do the 1"):
        check_named([gone, gone])
