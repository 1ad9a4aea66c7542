import errno
import json
import os
import pathlib
import subprocess
import sys

import pytest
import tensorflow as tf

import dmtdr_tf
from dmtdr_tf import cli
from dmtdr_tf.commands.failures import safely
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


def dmtdr(*argv, command="from dmtdr_tf.cli import main; main()", **options):
    """Runs the program in a process of its own."""
    environment = {**os.environ, **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-c", command, *argv],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        env=environment,
        **options,
    )


def test_the_version(capsys):
    for option in ("--version", "-V"):
        assert cli.guarded(lambda option=option: cli.run_command([option])) == 0
        assert capsys.readouterr().out == f"dmtdr_tf {dmtdr_tf.__version__}\n"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("predct", "did you mean predict?"),
        ("Train", "did you mean train?"),
        ("--workdir", "is no option of dmtdr; name a command first"),
    ],
)
def test_a_mistyped_command_is_suggested(command, told):
    with pytest.raises(UserError, match=told):
        cli.run_command([command])


HELP = [[name, "--help"] for name in cli.COMMANDS]
MISTAKES = [
    ["fly"],
    ["predict", "--wrkdir", "x", "a.jpg"],
    ["predict", "a.jpg", "--lesion-threshold", "much"],
    ["predict"],
    ["predict", "a.jpg"],
    ["train", "--presett", "demo"],
    ["train", "--preset", "dem"],
    ["evaluate", "--split", "tset"],
    ["evaluate", "--workdir", "nowhere"],
    ["evaluate", "--model", "nowhere"],
    ["evaluate", "--symmetries", "4"],
    ["compare"],
    ["compare", "a"],
    ["compare", "a", "b"],
    ["compare", "a", "b", "--output", "figures.txt"],
    ["export", "--format", "tflit"],
    ["export", "--model", "small"],
    ["export", "--model", "hf://nowhere"],
    ["export", "--model", "a", "--workdir", "b"],
    ["serve", "--workdir", "nowhere"],
    ["serve", "--model", "nowhere"],
    ["client", "nowhere.jpg"],
    ["client"],
    ["parity", "model.tflite"],
    ["web", "nowhere"],
    ["web", "nowhere", "--model", "small"],
    ["web", "--model", "nowhere"],
    ["models", "all"],
    ["datasets", "prepre", "idrid"],
    ["datasets", "check", "idrid", "--manual-dir", "nowhere"],
]


def test_help_and_mistakes_need_no_tensorflow(tmp_path):
    code = """
import json, sys, time
import dmtdr_tf
from dmtdr_tf import cli
from dmtdr_tf.commands.failures import safely
from dmtdr_tf.commands.failures import guarded
for argv in json.loads(sys.argv[1]):
    try:
        status = guarded(lambda: cli.run_command(argv))
    except SystemExit as stop:
        status = stop.code or 0
    assert status == (0 if "--help" in argv else 2), (argv, status)
    assert "tensorflow" not in sys.modules, argv
    print("=====", file=sys.stderr)
"""
    done = dmtdr(json.dumps(HELP + MISTAKES), command=code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stderr.split("=====\n")
    for argv, error in zip(HELP + MISTAKES, lines, strict=False):
        assert error.count("\n") == ("--help" not in argv), (argv, error)
    assert not list(tmp_path.iterdir())
    for choice in (
        "train,validation,test",
        "saved_model,litert,onnx,web,preset",
    ):
        assert choice in "".join(done.stdout.split())


def test_an_unexpected_error_is_one_line_with_its_trace(capsys, monkeypatch):
    def fail():
        raise ZeroDivisionError("no\x1b reason")

    assert safely(fail) == 1
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert line.startswith(
        "error: unexpected ZeroDivisionError: no\\x1b reason; please report"
    )
    trace = pathlib.Path(line.split()[-1])
    assert "in fail" in trace.read_text()
    trace.unlink()
    monkeypatch.setenv("DMTDR_TRACEBACK", "1")
    assert safely(fail) == 1
    assert "in fail" in capsys.readouterr().err
    monkeypatch.delenv("DMTDR_TRACEBACK")
    monkeypatch.setattr("tempfile.NamedTemporaryFile", _raise(OSError()))
    assert safely(lambda: 7) == 7


def test_too_little_memory_and_names_are_one_line(capsys):
    assert cli.guarded(_raise(MemoryError())) == 2
    name = "a\n\x1b[31m\udcff.jpg"
    error = OSError(errno.EACCES, "Permission denied", name)
    assert cli.guarded(_raise(error)) == 2
    assert capsys.readouterr().err == (
        "error: there is not enough memory\n"
        "error: a\\x0a\\x1b[31m\\xff.jpg: Permission denied\n"
    )


def test_a_closed_pipe_costs_nothing(tmp_path):
    code = """
import os, sys
import dmtdr_tf
from dmtdr_tf import cli
from dmtdr_tf.commands.failures import safely
from dmtdr_tf.commands import terminal
def run(argv):
    for number in range(3):
        terminal.show("line")
    open("done", "w").close()
cli.run_command = run
cli.main()
"""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=write,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "done").exists()


@pytest.mark.parametrize("redirection", ["<&- >&- 2>&-", "> /dev/full", ">&-"])
def test_closed_and_full_streams(redirection):
    for argv in ("--version", "--help", "fly"):
        done = subprocess.run(
            f'"{sys.executable}" -m dmtdr_tf {argv} {redirection}',
            shell=True,
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"},
        {"HOME": "/nonexistent", "TMPDIR": "/nonexistent"},
    ],
)
def test_any_environment(env):
    for argv in (["predict", "--help"], ["predict", "\u00fc\x1b.jpg"]):
        done = dmtdr(*argv, env=env)
        assert "Traceback" not in done.stderr
        assert done.returncode == (0 if "--help" in argv else 2)


def test_the_program_says_how_it_was_called(tmp_path):
    root = pathlib.Path(__file__).parents[1]
    for argv, told in (
        (["-m", "dmtdr_tf"], "usage: python -m dmtdr_tf COMMAND"),
        ([str(root / "train.py"), "--help"], "usage: python train.py"),
    ):
        done = subprocess.run(
            [sys.executable, *argv], capture_output=True, text=True
        )
        assert told in done.stdout


def test_no_folder_for_temporary_files_is_no_error(monkeypatch):
    monkeypatch.setattr("tempfile.TemporaryFile", _raise(FileNotFoundError()))
    cli.start_tensorflow()
