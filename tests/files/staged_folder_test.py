import errno
import os
import pathlib
import subprocess
import sys

import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import check_target, staged_folder

# Ends itself at a moment of the writing, as a killed process does.
KILLED = """
import os, pathlib, sys
from dmtdr_tf.files import staged_folder as module
target, moment = sys.argv[1:]
die = lambda *_, **__: os._exit(9)
rename = pathlib.Path.rename
def rename_then_die(self, other):
    rename(self, other)
    if self.name == moment or pathlib.Path(other).name == moment:
        die()
if moment in ("new", "old"):
    pathlib.Path.rename = rename_then_die
if moment == "removal":
    module.shutil.rmtree = die
with module.staged_folder(target) as folder:
    (folder / "a").write_text("new")
    if moment == "writing":
        die()
"""


def test_appears_whole(tmp_path):
    target = tmp_path / "deep" / "out"
    with staged_folder(target) as folder:
        (folder / "a").write_text("new")
        assert not target.exists()
    assert (target / "a").read_text() == "new"
    assert [p.name for p in target.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("moment", ["writing", "old", "new", "removal"])
def test_a_killed_process_loses_nothing(tmp_path, moment):
    target = tmp_path / "out"
    target.mkdir()
    (target / "a").write_text("earlier")
    argv = [sys.executable, "-c", KILLED, str(target), moment]
    assert subprocess.run(argv).returncode == 9
    # The next process finds the target, or puts it back.
    with pytest.raises(KeyError), staged_folder(target):
        content = (target / "a").read_text()
        raise KeyError
    expected = "earlier" if moment in ("writing", "old") else "new"
    assert content == (target / "a").read_text() == expected
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_another_process_that_still_writes_is_left_alone(tmp_path):
    with staged_folder(tmp_path / "out") as one:
        (one / "one").touch()
        with staged_folder(tmp_path / "out") as other:
            (other / "other").touch()
        assert (one / "one").exists()
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["one"]


def test_neighbors_of_a_similar_name_stay(tmp_path):
    names = (".out.partial", ".out.old", "out.partial", "out-old", "out.old")
    names += (".dmtdr-mine.partial", ".dmtdr-partial.out")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").touch()
    for _ in range(2):
        with staged_folder(tmp_path / "out") as folder:
            (folder / "a").touch()
    for name in names:
        assert (tmp_path / name / "thesis.txt").exists()
    assert len(list(tmp_path.iterdir())) == len(names) + 1


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    (tmp_path / "disk" / "real").mkdir(parents=True)
    (tmp_path / "disk" / "real" / "old").touch()
    (tmp_path / "link").symlink_to("disk/real")
    with staged_folder(tmp_path / "link") as folder:
        (folder / "a").touch()
    assert (tmp_path / "link").is_symlink()
    assert [p.name for p in (tmp_path / "disk" / "real").iterdir()] == ["a"]
    assert [p.name for p in (tmp_path / "disk").iterdir()] == ["real"]


def test_what_must_never_be_replaced_is_refused(tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / "work" / "here").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home / "work" / "here")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    for target, reason in (
        (".", "is the current folder"),
        ("..", "is the current folder or holds it"),
        ("/", "the current folder or holds it"),
        (tmp_path / "gone", "is a link to .*nowhere, which does not exist"),
        (tmp_path / "loop", "is a link to"),
        (tmp_path / "file", "is a file"),
        (tmp_path / "pipe", "is a file"),
    ):
        with pytest.raises(UserError, match=f"here: .*{reason}"):
            check_target(target, "here")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="is your home folder"):
        check_target(home)
    monkeypatch.setattr("os.path.ismount", lambda path: True)
    with pytest.raises(UserError, match="is a whole disk"):
        check_target(tmp_path / "out")


def test_a_name_of_255_bytes_and_one_too_long(tmp_path):
    name = 127 * "\u00fc" + "x"
    with staged_folder(tmp_path / name) as folder:
        (folder / "a").touch()
    assert (tmp_path / name / "a").exists()
    with (
        pytest.raises(UserError, match="cannot be written"),
        staged_folder(tmp_path / (name + "y")) as folder,
    ):
        pass
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_read_only_folder_is_one_line(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with (
        pytest.raises(UserError, match="out cannot be written .Permission"),
        staged_folder(tmp_path / "out"),
    ):
        raise AssertionError("the work has begun")


def test_a_failed_rename_puts_the_earlier_folder_back(tmp_path, monkeypatch):
    target = tmp_path / "out"
    target.mkdir()
    (target / "old").touch()
    rename = pathlib.Path.rename

    def refuse_new(path, other):
        if path.name == "new":
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, other)

    monkeypatch.setattr(pathlib.Path, "rename", refuse_new)
    with (
        pytest.raises(UserError, match="Input/output error"),
        staged_folder(target),
    ):
        pass
    assert [p.name for p in target.iterdir()] == ["old"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_replaces_the_old_and_leaves_nothing_beside_it(tmp_path):
    target = tmp_path / "out"
    (target / "sub").mkdir(parents=True)
    with staged_folder(target) as folder:
        (folder / "a").touch()
    assert [p.name for p in target.iterdir()] == ["a"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("error", [KeyError("x"), KeyboardInterrupt()])
def test_an_error_changes_nothing(tmp_path, error):
    target = tmp_path / "out"
    target.mkdir()
    (target / "old").touch()
    with pytest.raises(type(error)), staged_folder(target) as folder:
        (folder / "a").touch()
        raise error
    assert [p.name for p in target.iterdir()] == ["old"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_full_disk_is_one_line(tmp_path):
    with (
        pytest.raises(UserError, match="output: .*out.*No space left"),
        staged_folder(tmp_path / "out"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not list(tmp_path.iterdir())


def test_an_unwritable_place_is_told_before_the_work(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(UserError, match="--here: .*cannot be written"),
        staged_folder(tmp_path / "file" / "out", "--here"),
    ):
        raise AssertionError("the work has begun")
