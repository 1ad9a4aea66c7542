import os
import pathlib
import signal
import subprocess
import sys

import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.training.lock import training_lock

HOLD = """
import pathlib, sys, time
from dmtdr_tf.training.lock import training_lock
with training_lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock of `tmp_path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=pathlib.Path(__file__).parents[2],
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_training_is_refused_with_the_process_of_the_first(
    tmp_path, holder
):
    for _ in range(2):
        with (
            pytest.raises(
                UserError, match=f"process {holder.pid} on "
            ) as error,
            training_lock(tmp_path),
        ):
            pass
    assert error.value.argument == "workdir"
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_of_a_killed_process_is_free(tmp_path, holder, number):
    os.kill(holder.pid, number)
    holder.wait()
    with training_lock(tmp_path):
        pass


def test_the_lock_is_free_after_an_error(tmp_path):
    for _ in range(2):
        with pytest.raises(RuntimeError), training_lock(tmp_path):
            raise RuntimeError


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / ".training.lock").mkdir()
    with pytest.raises(OSError, match="lock"), training_lock(tmp_path):
        pass


@pytest.mark.parametrize("content", [b"", b"\xff\x1b[31m", b"x" * 1000])
def test_what_the_file_says_is_not_trusted(tmp_path, holder, content):
    (tmp_path / ".training.lock").write_bytes(content)
    with pytest.raises(UserError) as error, training_lock(tmp_path):
        pass
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 400
