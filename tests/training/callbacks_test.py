import json
import shutil
import types

import keras
import numpy as np
import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.training import callbacks


def _model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile(keras.optimizers.AdamW(0.1), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def _fit(model, epochs, initial_epoch=0, callback=()):
    x = np.random.default_rng(1).normal(size=(8, 3))
    model.fit(
        x,
        x[:, :2],
        batch_size=8,
        shuffle=False,
        epochs=epochs,
        initial_epoch=initial_epoch,
        callbacks=list(callback),
        verbose=0,
    )


def test_resumed_training_ends_where_an_uninterrupted_one_does(tmp_path):
    whole = _model()
    _fit(whole, 4)
    first = callbacks.Resume(tmp_path / "resume.npz")
    first.best = 0.5
    _fit(_model(), 2, callback=[first])
    second = callbacks.Resume(tmp_path / "resume.npz")
    model = _model()
    assert second.load_state(model)
    assert (second.epoch, second.best) == (2, 0.5)
    _fit(model, 4, second.epoch)
    for one, other in zip(whole.weights, model.weights, strict=True):
        np.testing.assert_array_equal(np.array(one), np.array(other))


@pytest.mark.parametrize("epoch", [0, 1])
def test_full_disk_is_told_of_before_a_file_is_begun(
    tmp_path, monkeypatch, epoch
):
    model = _model()
    free = iter([10**9] * epoch + [10])
    monkeypatch.setattr(
        shutil,
        "disk_usage",
        lambda path: types.SimpleNamespace(free=next(free)),
    )
    resume = callbacks.Resume(tmp_path / "resume.npz")
    with pytest.raises(UserError, match=r"resume\.npz: no space left.*2 MB"):
        _fit(model, 1, callback=[resume])
    assert not list(tmp_path.iterdir())


def test_full_disk_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    model, resume = _model(), callbacks.Resume(tmp_path / "resume.npz")
    best = callbacks.BestCheckpoint(tmp_path / "best.weights.h5", resume)
    best.set_model(model)
    best.on_epoch_end(0, {"val_score": 0.1})
    kept = best.path.read_bytes()
    monkeypatch.setattr(
        shutil,
        "disk_usage",
        lambda path: types.SimpleNamespace(free=10),
    )
    with pytest.raises(UserError, match=r"best\.weights\.h5: no space left"):
        best.on_epoch_end(1, {"val_score": 0.2})
    assert best.path.read_bytes() == kept


def test_without_a_state_training_starts_at_its_beginning(tmp_path):
    resume = callbacks.Resume(tmp_path / "resume.npz")
    assert not resume.load_state(_model())
    assert resume.epoch == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn"])
def test_damaged_state_is_named(tmp_path, content):
    path = tmp_path / "resume.npz"
    path.write_bytes(content)
    with pytest.raises(
        UserError, match=r"resume\.npz: cannot resume.*delete it"
    ):
        callbacks.Resume(path).load_state(_model())


def test_best_checkpoint_keeps_the_best_epoch(tmp_path):
    resume = callbacks.Resume(tmp_path / "resume.npz")
    best = callbacks.BestCheckpoint(tmp_path / "best.weights.h5", resume)
    model = _model()
    best.set_model(model)
    for epoch, score in enumerate((0.2, 0.6, 0.4)):
        model.weights[1].assign([score, score])
        best.on_epoch_end(epoch, {"val_score": score})
    assert resume.best == 0.6
    other = _model()
    other.load_weights(tmp_path / "best.weights.h5")
    np.testing.assert_allclose(other.weights[1], [0.6, 0.6])
    assert [p.name for p in tmp_path.iterdir()] == ["best.weights.h5"]


def test_score_that_is_not_a_number_is_never_the_best(tmp_path):
    resume = callbacks.Resume(tmp_path / "resume.npz")
    best = callbacks.BestCheckpoint(tmp_path / "best.weights.h5", resume)
    model = _model()
    best.set_model(model)
    for epoch, score in enumerate((np.nan, 0.5, np.nan, 0.1)):
        model.weights[1].assign([float(epoch)] * 2)
        best.on_epoch_end(epoch, {"val_score": score})
    assert resume.best == 0.5
    other = _model()
    other.load_weights(tmp_path / "best.weights.h5")
    np.testing.assert_allclose(other.weights[1], [1.0, 1.0])


def test_metrics_log_drops_what_a_killed_run_left(tmp_path):
    path = tmp_path / "metrics.jsonl"
    rows = [
        {"phase": "restoration", "epoch": 5},
        {"phase": "grading", "epoch": 1},
        {"phase": "grading", "epoch": 2},
    ]
    lines = [json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + '\n{"phase": "gra')
    log = callbacks.MetricsLog(path, "grading", initial_epoch=1)
    log.on_epoch_begin(1)
    log.on_epoch_end(1, {"loss": 0.5, "val_kappa": float("nan")})
    read = [json.loads(line) for line in path.read_text().splitlines()]
    assert read[:2] == rows[:2]
    seconds = read[2].pop("seconds")
    assert 0 <= seconds < 5
    assert read[2] == {
        "phase": "grading",
        "epoch": 2,
        "loss": 0.5,
        "val_kappa": None,
    }


def test_divergence_ends_the_run_and_names_the_checkpoint(tmp_path):
    checkpoint = tmp_path / "best.weights.h5"
    guard = callbacks.DivergenceGuard(3, checkpoint)
    guard.on_train_batch_end(0, {"bad_steps_in_a_row": 2})
    with pytest.raises(UserError, match="3 steps in a row.*no epoch"):
        guard.on_train_batch_end(1, {"bad_steps_in_a_row": 3})
    checkpoint.touch()
    with pytest.raises(UserError, match=r"best\.weights\.h5"):
        guard.on_train_batch_end(1, {"bad_steps_in_a_row": 3})


def test_left_out_steps_are_reported_once(tmp_path, capsys):
    guard = callbacks.DivergenceGuard(3, tmp_path / "x")
    guard.on_epoch_end(0, {"bad_steps": 2.0})
    guard.on_epoch_end(1, {"bad_steps": 2.0})
    assert capsys.readouterr().out.count("skipped 2 steps") == 1
