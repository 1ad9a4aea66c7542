import os
import pathlib
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

TRAIN = pathlib.Path(__file__).parents[2] / "train.py"
SMALL = [
    "--dataset",
    "dots",
    "--precision",
    "float32",
    "--data.high-res-size",
    "64",
    "--model.super-resolution-width",
    "4",
    "--model.super-resolution-blocks",
    "1",
    "--model.segmentation-width",
    "2",
    "--model.grading-width",
    "2",
    "--model.grading-units",
    "8",
    "--stage-1.restoration.epochs",
    "3",
    "--stage-1.restoration.steps-per-epoch",
    "3",
    "--stage-1.restoration.batch-size",
    "2",
    "--stage-1.restoration.crop-size",
    "32",
    "--stage-1.grading.epochs",
    "3",
    "--stage-1.grading.steps-per-epoch",
    "3",
    "--stage-1.grading.batch-size",
    "2",
    "--stage-2.joint.epochs",
    "3",
    "--stage-2.joint.gradient-accumulation",
    "2",
    # What the presets leave out has a state, or is random, too.
    "--stage-1.restoration.weight-averaging",
    "0.5",
    "--stage-1.grading.weight-averaging",
    "0.5",
    "--stage-2.joint.weight-averaging",
    "0.5",
    "--stage-1.super-resolved-fraction",
    "0.5",
    "--data.augmentation",
    "wide",
    "--data.degradation",
    "mixed",
    "--best-epoch",
    "probabilities",
]


def _command(workdir, data_dir, stage="1"):
    places = ["--workdir", str(workdir), "--data-dir", str(data_dir)]
    places += ["--stage", stage]
    return [sys.executable, str(TRAIN), *SMALL, *places]


def _run(workdir, data_dir, stage):
    done = subprocess.run(
        _command(workdir, data_dir, stage),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def _kill_when(workdir, data_dir, stage, lines):
    """Starts a run, and kills it once so many epochs are logged."""
    process = subprocess.Popen(
        _command(workdir, data_dir, stage),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    log = workdir / "metrics.jsonl"
    while process.poll() is None:
        if log.exists() and len(log.read_text().splitlines()) >= lines:
            process.send_signal(signal.SIGKILL)
        time.sleep(0.02)
    assert process.returncode == -signal.SIGKILL


def _weights(path):
    found = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = np.array(item)

    with h5py.File(path) as file:
        file.visititems(keep)
    return found


@pytest.mark.parametrize(
    ("stage", "phases", "kills"),
    [
        # After so many epochs: in the first phase, and in the second.
        ("1", ("restoration", "grading"), (1, 4)),
        pytest.param(
            "all",
            ("restoration", "grading", "joint"),
            (2, 7),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_killed_run_ends_like_one_that_never_was(
    tmp_path, dots_dir, stage, phases, kills
):
    _run(tmp_path / "whole", dots_dir, stage)
    killed = tmp_path / "killed"
    for lines in kills:
        _kill_when(killed, dots_dir, stage, lines)
    said = _run(killed, dots_dir, stage)
    assert "restoration: already finished" in said
    for phase in phases:
        file = f"{phase}/best.weights.h5"
        wanted = _weights(tmp_path / "whole" / file)
        made = _weights(killed / file)
        assert wanted.keys() == made.keys()
        for name, value in wanted.items():
            np.testing.assert_array_equal(made[name], value, err_msg=name)
    logs = [
        (tmp_path / run / "metrics.jsonl").read_text().count("\n")
        for run in ("whole", "killed")
    ]
    assert logs == [3 * len(phases)] * 2
    assert not list(killed.rglob("*partial*"))


def test_stage_2_without_stage_1_is_one_line(tmp_path, dots_dir):
    command = _command(tmp_path / "run", dots_dir, "2")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    lines = [x for x in done.stderr.splitlines() if x.startswith("error: ")]
    assert len(lines) == 1
    assert "--stage: " in lines[0]
    assert "train stage 1 first" in lines[0]
    assert "Traceback" not in done.stderr


def test_a_run_in_a_read_only_place_is_one_line(tmp_path, dots_dir):
    place = tmp_path / "file"
    place.touch()
    done = subprocess.run(
        _command(place / "run", dots_dir),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
