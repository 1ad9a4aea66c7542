import errno

import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import staged_folder


def test_appears_whole(tmp_path):
    target = tmp_path / "deep" / "out"
    with staged_folder(target) as folder:
        (folder / "a").write_text("new")
        assert not target.exists()
    assert (target / "a").read_text() == "new"
    assert [p.name for p in target.parent.iterdir()] == ["out"]


def test_replaces_the_old_and_leaves_nothing_beside_it(tmp_path):
    target = tmp_path / "out"
    (target / "sub").mkdir(parents=True)
    # A killed run's.
    (tmp_path / ".out.partial").mkdir()
    (tmp_path / ".out.partial" / "stale").touch()
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
