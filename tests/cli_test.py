import errno
import subprocess
import sys

import pytest
import tensorflow as tf

from dmtdr_tf import cli
from dmtdr_tf.files.errors import UserError


def _raise(error):
    def command():
        raise error

    return command


def test_a_mistake_is_one_line_and_status_2(capsys):
    assert cli.guarded(_raise(UserError("--x: no such thing"))) == 2
    assert capsys.readouterr().err == "error: --x: no such thing\n"


def test_a_full_disk_is_one_line(capsys):
    error = OSError(errno.ENOSPC, "No space left on device", "runs/x")
    assert cli.guarded(_raise(error)) == 2
    assert capsys.readouterr().err == (
        "error: runs/x: No space left on device\n"
    )


def test_tensorflow_s_own_errors_are_one_line(capsys):
    torn = tf.errors.DataLossError(None, None, "corrupted record at 12\n more")
    assert cli.guarded(_raise(torn)) == 2
    assert capsys.readouterr().err == (
        "error: TensorFlow: DataLossError: corrupted record at 12\n"
    )


def test_a_bug_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        cli.guarded(_raise(ZeroDivisionError()))


def test_interruption_and_success_have_their_status():
    assert cli.guarded(_raise(KeyboardInterrupt())) == 130
    assert cli.guarded(lambda: None) == 0


def test_unknown_command_lists_the_known():
    with pytest.raises(
        UserError, match="unknown command 'fly'.*train, evaluate"
    ):
        cli.run_command(["fly"])


def test_help_names_every_command_without_tensorflow():
    code = (
        "import sys; from dmtdr_tf import cli; cli.run_command([]); "
        "assert 'tensorflow' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    for name in cli.COMMANDS:
        assert name in done.stdout


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["web", "page", "--port=70000"], "error: --port"),
        (["train", "--replicas=-1"], "error: --replicas: must be"),
        (["train", "--model.scale=3"], "error: --model.scale: must be"),
        (
            ["train", "--stage-2.joint.batch-size=0"],
            "error: --stage-2.joint.batch-size: must be at least 1, not 0",
        ),
    ],
)
def test_a_value_out_of_range_names_its_option(argv, line, capsys):
    assert cli.guarded(lambda: cli.run_command(argv)) == 2
    error = capsys.readouterr().err
    assert error.startswith(line)
    assert error.count("\n") == 1
