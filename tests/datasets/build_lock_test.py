"""A build keeps others out, and removes only what dead ones left."""

import subprocess
import sys

import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.build_lock import build_lock

HOLDS = """
import sys
from dmtdr_tf_datasets.build_lock import build_lock
with build_lock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""
LEFT = "incomplete.A1B2C3_1.1.0"


def leave(folder, name):
    (folder / name).mkdir(parents=True)
    (folder / name / "train.tfrecord").write_bytes(b"1")
    return folder / name


def test_what_a_killed_build_left_is_removed_and_nothing_else(tmp_path, capfd):
    folder = tmp_path / "eyepacs/256"
    left = leave(folder, LEFT)
    others = [
        leave(folder, name)
        for name in (
            "incomplete.A1B2C3_1.0.0",
            "incomplete.A1B2C3_1.1.0.mine",
            "incomplete.mine_1.1.0",
            "1.0.0",
        )
    ]
    target = leave(tmp_path, "target")
    link = folder / "incomplete.LINKED_1.1.0"
    link.symlink_to(target)
    with build_lock(folder / "1.1.0"):
        assert not left.exists()
    for path in (*others, target):
        assert (path / "train.tfrecord").exists()
    assert link.is_symlink()
    told = capfd.readouterr().err
    assert told == f"{left}: left by a killed build; removed\n"


def test_a_build_that_runs_loses_nothing_and_one_that_died_is_no_hindrance(
    tmp_path,
):
    folder = tmp_path / "data"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(folder / "1.1.0")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout.readline() == b"held\n"
        running = leave(folder, LEFT)
        with (
            pytest.raises(UserError, match=f"process {other.pid} on") as error,
            build_lock(folder / "1.1.0"),
        ):
            pass
        assert "is being prepared by another process" in str(error.value)
        assert running.exists()
        # Another version or data set is no hindrance.
        with build_lock(folder / "1.0.0"), build_lock(tmp_path / "b/1.1.0"):
            assert running.exists()
        other.kill()
    with build_lock(folder / "1.1.0"):
        assert not running.exists()


def test_records_that_exist_are_neither_locked_nor_cleared(tmp_path):
    (tmp_path / "1.1.0").mkdir()
    left = leave(tmp_path, LEFT)
    with build_lock(tmp_path / "1.1.0"), build_lock(tmp_path / "1.1.0"):
        pass
    assert left.exists()
    assert not (tmp_path / ".1.1.0.lock").exists()


def test_the_lock_s_file_goes_when_the_records_are_there(tmp_path):
    with pytest.raises(RuntimeError), build_lock(tmp_path / "1.1.0"):
        raise RuntimeError
    assert (tmp_path / ".1.1.0.lock").exists()
    with build_lock(tmp_path / "1.1.0"):
        (tmp_path / "1.1.0").mkdir()
    assert [path.name for path in tmp_path.iterdir()] == ["1.1.0"]
