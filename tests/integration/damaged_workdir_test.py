"""Damaged workdirs and signals through the command line."""

import pathlib
import shutil
import signal
import subprocess
import sys
import time

import pytest
from integration.resume_test import SMALL

from dmtdr_tf import cli

ROOT = pathlib.Path(__file__).parents[2]


def _line(capsys, argv):
    """Runs a command that must fail with one line, and returns the line."""
    assert cli.guarded(lambda: cli.run_command(argv)) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0]


@pytest.fixture
def copy(workdir, tmp_path):
    """A copy of a finished workdir, to be damaged."""
    return pathlib.Path(shutil.copytree(workdir.path, tmp_path / "run"))


COMMANDS = {
    "evaluate": [],
    "predict": ["photograph.png"],
    "export": [],
    "train": ["--stage", "2"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("256", "NaN").replace("64", "1e999"),
        lambda text: text.replace('"scale": 4', '"scale": 4, "scale": 8'),
        lambda text: text.replace('"scale": 4', '"scale": "4"'),
        lambda text: text.replace('"scale": 4', '"scale": [[4]]'),
        lambda text: text.replace('"scale": 4,', ""),
        lambda text: text.replace('"model": {', '"model": {"new": 1,'),
        lambda text: text.replace('"seed": 0', '"seed": -1'),
        lambda text: "[" * 100_000,
        lambda text: "\x00" * 100,
    ],
)
def test_a_damaged_configuration_is_one_line(copy, capsys, command, damage):
    path = copy / "config.json"
    text = path.read_text()
    path.write_text(damage(text))
    assert path.read_text() != text
    argv = [command, *COMMANDS[command], "--workdir", str(copy)]
    assert str(path) in _line(capsys, argv)


@pytest.mark.parametrize("command", [["evaluate"], ["export", "--parity=0"]])
def test_damaged_weights_are_one_line(copy, capsys, command):
    path = copy / "joint" / "best.weights.h5"
    damaged = bytearray(path.read_bytes())
    damaged[: len(damaged) // 2] = bytes(len(damaged) // 2)
    path.write_bytes(damaged)
    line = _line(capsys, [*command, "--workdir", str(copy)])
    assert str(path) in line
    assert f"delete the folder {path.parent}" in line


def _command(workdir, data_dir, *options):
    places = ["--workdir", str(workdir), "--data-dir", str(data_dir)]
    return [
        *(sys.executable, str(ROOT / "train.py"), *SMALL, *places),
        *("--stage", "1", *options),
    ]


def _fails(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    lines = [x for x in done.stderr.splitlines() if x.startswith("error: ")]
    assert len(lines) == 1
    assert "Traceback" not in done.stderr
    return lines[0]


def test_a_run_in_training_keeps_others_out_and_ends_when_told(
    tmp_path, dots_dir
):
    workdir = tmp_path / "run"
    endless = ("--stage-1.restoration.steps-per-epoch", "100000")
    command = _command(workdir, dots_dir, *endless)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as first:
        try:
            saved = workdir / "config.json"
            while not saved.exists() and first.poll() is None:
                time.sleep(0.05)
            before = saved.read_bytes()
            line = _fails(command)
            assert f"in use by another training (process {first.pid}" in line
            assert saved.read_bytes() == before
            first.send_signal(signal.SIGTERM)
            out, err = first.communicate(timeout=300)
        finally:
            first.kill()
    assert first.returncode == 130
    assert "Repeat the command to resume" in out
    assert "Traceback" not in err
    assert all(len(line) <= 120 for line in out.splitlines())
    assert not list(workdir.rglob("*partial*"))
    # The lock is free again, and a damaged journal is named.
    journal = workdir / "metrics.jsonl"
    journal.write_text('{"phase": "restoration"}\n')
    assert f"{journal}: line 1: not a row" in _fails(command)
