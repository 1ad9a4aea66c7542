"""Damaged files of a workdir: one line that says what to do, or right."""

import json
import shutil

import h5py
import keras
import numpy as np
import pytest
from fixtures.damage import damaged_bytes, damaged_keys, damaged_values

from dmtdr_tf.config.phases import PHASES
from dmtdr_tf.files.checksum import append_checksum, check_checksum
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.weights import load_weights, save_weights
from dmtdr_tf.training import callbacks
from dmtdr_tf.training.journal import read_journal
from dmtdr_tf.training.phase_run import check_resumed
from dmtdr_tf.training.workdir import Workdir


def _model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile(keras.optimizers.AdamW(0.1), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def _values(model):
    return [np.array(variable) for variable in model.weights]


def _assert_one_line(error, path):
    text = str(error)
    assert text.startswith(str(path)), text
    assert text.isprintable(), text


def _equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def _assert_refused_or_equal(path, contents, load):
    """Loads every content; returns how many were refused."""
    model = _model()
    wanted = _values(model)
    refused = 0
    for content in contents:
        path.write_bytes(content)
        for weight in model.weights:
            weight.assign(np.zeros(weight.shape))
        try:
            load(model)
        except UserError as error:
            _assert_one_line(error, path)
            refused += 1
        else:
            assert _equal(_values(model), wanted)
    return refused


@pytest.mark.parametrize("seed", range(2))
def test_weights_with_a_checksum_are_refused_or_right(tmp_path, seed):
    path = tmp_path / "best.weights.h5"
    save_weights(_model(), path)
    whole = path.read_bytes()
    contents = [c for c in damaged_bytes(whole, seed, 150) if c != whole]
    refused = _assert_refused_or_equal(
        path, contents, lambda model: load_weights(model, path, "delete it")
    )
    # The rest is damaged in nothing but the checksum's own frame.
    assert refused >= len(contents) - 10


def test_a_flipped_bit_in_the_middle_of_the_weights_is_refused(tmp_path):
    path = tmp_path / "best.weights.h5"
    save_weights(_model(), path)
    content = path.read_bytes()
    with h5py.File(path) as file:
        start = file["layers/dense/vars/0"].id.get_offset()
    damaged = bytearray(content)
    damaged[start + 1] ^= 1
    path.write_bytes(damaged)
    with h5py.File(path) as file:  # HDF5 does not notice.
        file["layers/dense/vars/0"][()]
    with pytest.raises(UserError, match=r"h5: damaged.*SHA-256; delete it$"):
        load_weights(_model(), path, "delete it")


def test_weights_without_a_checksum_load_as_before(tmp_path):
    path = tmp_path / "best.weights.h5"
    model = _model()
    model.save_weights(path)
    assert not check_checksum(path)
    other = _model()
    other.weights[0].assign(np.zeros((3, 2)))
    load_weights(other, path)
    assert _equal(_values(model), _values(other))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(tmp_path, value):
    path = tmp_path / "best.weights.h5"
    model = _model()
    model.weights[1].assign([0.0, value])
    save_weights(model, path)
    with pytest.raises(UserError, match=r"h5: .*bias.* not finite; delete"):
        load_weights(_model(), path, "delete it")


@pytest.mark.parametrize("kind", ["missing", "folder", "keras", "npz"])
def test_what_is_no_file_of_weights_is_refused(tmp_path, kind):
    path = tmp_path / "best.weights.h5"
    if kind == "folder":
        path.mkdir()
    elif kind == "keras":
        _model().save(tmp_path / "m.keras")
        shutil.copy(tmp_path / "m.keras", path)
    elif kind == "npz":
        np.savez(tmp_path / "m.npz", v0=np.zeros(3))
        shutil.copy(tmp_path / "m.npz", path)
    with pytest.raises(UserError, match="cannot be loaded.*; delete") as error:
        load_weights(_model(), path, "delete it")
    _assert_one_line(error.value, path)


def _saved_state(path):
    resume = callbacks.Resume(path)
    resume.set_model(_model())
    resume.best = 0.5
    resume.on_epoch_end(1)
    return path.read_bytes()


@pytest.mark.parametrize("seed", range(2))
def test_a_damaged_state_is_refused_or_right(tmp_path, seed):
    path = tmp_path / "resume.npz"
    contents = list(damaged_bytes(_saved_state(path), seed, 150))

    def load(model):
        resume = callbacks.Resume(path)
        assert resume.load_state(model)
        assert (resume.epoch, resume.best) == (2, 0.5)

    assert _assert_refused_or_equal(path, contents, load) >= (
        len(contents) - 10
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"epoch": -1},
        {"epoch": 0},
        {"epoch": 2.5},
        {"epoch": "2"},
        {"epoch": [1, 2]},
        {"epoch": np.nan},
        {"best": np.nan},
        {"best": np.inf},
        {"best": "high"},
        {"best": 10**30},
        {"best": [0.5]},
        {"v0": np.zeros((2, 3))},
        {"v0": np.zeros((3, 2))},  # float64
        {"v0": np.full((3, 2), np.nan, "float32")},
        {"v0": np.array(["a"])},
        {"v0": None},
        {"v99": np.zeros(3)},
        {"version": 2},
    ],
)
def test_a_state_of_another_model_or_version_is_refused(tmp_path, changes):
    path = tmp_path / "resume.npz"
    _saved_state(path)
    with np.load(path) as saved:
        values = {**saved, **changes}
    if changes.get("v0", 0) is None:
        del values["v0"]
    np.savez(path, **values)
    append_checksum(path)
    model = _model()
    before = _values(model)
    with pytest.raises(UserError, match="cannot resume.*delete it") as error:
        callbacks.Resume(path).load_state(model)
    _assert_one_line(error.value, path)
    assert _equal(before, _values(model))


ROWS = [
    {"phase": "restoration", "epoch": 1, "seconds": 1.5, "loss": None},
    {"phase": "restoration", "epoch": 2, "seconds": 1.5, "loss": 0.25},
    {"phase": "grading", "epoch": 1, "seconds": 1.5, "loss": 0.5},
]
LINES = [json.dumps(row).encode() + b"\n" for row in ROWS]


def _read(path, content):
    path.write_bytes(content)
    try:
        return read_journal(path)
    except UserError as error:
        _assert_one_line(error, path)
        assert "delete it: only the history" in str(error)
        return None


def test_damaged_journals_are_refused_or_read_as_they_are(tmp_path):
    path = tmp_path / "metrics.jsonl"
    contents = [
        b"".join([*LINES[:1], line + b"\n", *LINES[2:]])
        for make in (damaged_values, damaged_keys)
        for line in make(ROWS[1])
    ]
    for seed in range(3):
        contents += damaged_bytes(b"".join(LINES), seed, 150)
    refused = 0
    for content in contents:
        rows = _read(path, content)
        refused += rows is None
        for row in rows or ():
            assert type(row["phase"]) is str
            assert row["epoch"] >= 1
    assert len(contents) > 500
    assert refused > 300


def test_only_the_last_line_may_be_torn(tmp_path):
    path = tmp_path / "metrics.jsonl"
    whole = b"".join(LINES)
    for end in range(len(LINES[0]) + len(LINES[1]), len(whole) + 1):
        rows = _read(path, whole[:end])
        assert rows[:2] == ROWS[:2]
        assert rows == ROWS[: 2 + (end >= len(whole) - 1)]
    assert _read(path, whole[:20] + whole[30:]) is None


def test_a_journal_that_is_a_folder_is_refused(tmp_path):
    (tmp_path / "metrics.jsonl").mkdir()
    with pytest.raises(UserError, match=r"metrics\.jsonl: not a file; delete"):
        read_journal(tmp_path / "metrics.jsonl")


def test_without_a_journal_there_are_no_rows(tmp_path):
    assert read_journal(tmp_path / "metrics.jsonl") == []


def test_a_state_does_not_resume_without_the_best_weights(tmp_path):
    workdir = Workdir(tmp_path)
    best = workdir.best("grading")
    best.parent.mkdir()
    resume = callbacks.Resume(best.with_name("resume.npz"))
    resume.epoch = 3
    with pytest.raises(UserError, match="no such file; .*delete the folder"):
        check_resumed(workdir, PHASES["grading"], resume, 5)
    save_weights(_model(), best)
    check_resumed(workdir, PHASES["grading"], resume, 5)
    with pytest.raises(UserError, match=r"resume\.npz: is after epoch 3"):
        check_resumed(workdir, PHASES["grading"], resume, 2)
    damaged = bytearray(best.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    best.write_bytes(damaged)
    with pytest.raises(UserError, match=r"h5: damaged.*delete the folder"):
        check_resumed(workdir, PHASES["grading"], resume, 5)
