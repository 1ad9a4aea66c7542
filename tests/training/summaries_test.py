import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.config import Config
from dmtdr_tf.drawing.confusion import draw_confusion
from dmtdr_tf.metrics import BinnedAveragePrecision, CohenKappa
from dmtdr_tf.training import callbacks
from dmtdr_tf.training.callbacks.summary_names import summary_name
from dmtdr_tf.training.step_axis import StepAxis


def _read(folder):
    """Every summary's steps by its tag, and the last values."""
    steps, values = {}, {}
    for path in folder.glob("events*"):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                steps.setdefault(value.tag, []).append(event.step)
                values[value.tag] = tf.make_ndarray(value.tensor)
    return steps, values


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("score", "score"),
        ("psnr", "psnr/model"),
        ("bicubic_psnr", "psnr/bicubic"),
        ("average_precision", "lesions/average_precision/mean"),
        ("average_precision_MA", "lesions/average_precision/MA"),
        ("quadratic_kappa", "grading/quadratic_kappa"),
        ("image_loss", "losses/image"),
        ("another", "other/another"),
    ],
)
def test_names_are_grouped(name, expected):
    assert summary_name(name) == expected


class _Model:
    """What the callback reads of a model."""

    def __init__(self):
        self.optimizer = types.SimpleNamespace(learning_rate=0.25)
        self.loss_means = {"dice_loss": keras.metrics.Mean()}
        precision = BinnedAveragePrecision(name="average_precision_MA")
        kappa = CohenKappa(name="quadratic_kappa")
        precision.update_state([[1, 0, 1, 0]], [[0.9, 0.8, 0.7, 0.1]])
        kappa.update_state([0, 1, 1], [0, 1, 2])
        self.validation = types.SimpleNamespace(metrics=[precision, kappa])


def test_steps_and_epochs_lie_on_one_axis(tmp_path):
    model = _Model()
    summaries = callbacks.Summaries(Config(), tmp_path, StepAxis(100, 2))
    summaries.set_model(model)
    summaries.on_train_begin()
    mean = model.loss_means["dice_loss"]
    for epoch in (3, 4):
        summaries.on_epoch_begin(epoch)
        mean.reset_state()
        for batch, loss in enumerate((3.0, 1.0)):
            mean.update_state(loss)
            summaries.on_train_batch_end(batch)
        summaries.on_epoch_end(epoch, {"dice_loss": 2.0, "val_psnr": 31.0})
    summaries.on_train_end()
    steps, values = _read(tmp_path / "train")
    assert steps == {
        "learning_rate": [107, 108, 109, 110],
        "losses/dice": [107, 108, 109, 110],
    }
    # The last step's own loss, not the mean of the epoch.
    assert values["losses/dice"] == 1.0
    steps, values = _read(tmp_path / "validation")
    curve = "lesions/precision_recall/MA/pr_curves"
    assert steps == dict.fromkeys(
        ("psnr/model", "grading/confusion_matrix", curve), [108, 110]
    )
    # True and false positives from the thresholds 0, 0.75 and 1.
    assert values[curve][0, [0, 75, 100]].tolist() == [2, 1, 0]
    assert values[curve][1, [0, 75, 100]].tolist() == [2, 1, 0]
    steps, values = _read(tmp_path)
    assert '"high_res_size": 1024' in values["configuration"].item().decode()
    assert {"_hparams_/experiment", "_hparams_/session_start_info"} < set(steps)


def test_a_confusion_matrix_is_drawn_with_its_shares():
    picture = draw_confusion(np.diag([5, 0, 3, 1, 123456]))
    assert picture.dtype == np.uint8
    # Corners of cells, beside the numbers: all of grade 0, none of grade 1.
    assert picture[98, 98].tolist() == [253, 231, 37]
    assert picture[98 + 64, 98 + 64].tolist() == [68, 1, 84]


def test_counts_from_thresholds():
    metric = BinnedAveragePrecision()
    metric.update_state([[1, 0, 1, 0]], [[1.0, 0.8, 0.5, 0.0]])
    negatives, positives = metric.counts_from([0.0, 0.25, 0.5, 0.75, 1.0])
    assert negatives.tolist() == [2, 1, 1, 1, 0]
    assert positives.tolist() == [2, 2, 2, 1, 1]


LOGS = {
    "val_score": -0.12345,
    "val_psnr": 31.20,
    "val_bicubic_psnr": 31.19,
    "val_average_precision": 0.5,
    "val_quadratic_kappa": -0.25,
    "val_accuracy": 0.75,
    "val_dice_loss": 0.1,
    "loss": 3.0,
}


def test_an_epoch_is_one_readable_line(tmp_path, capsys):
    resume = callbacks.Resume(tmp_path / "resume.npz")
    line = callbacks.EpochLine(1000, 2, resume)
    line.on_epoch_begin(99)
    line.on_train_batch_end(0)
    line.on_epoch_end(99, LOGS)
    resume.best = 0.5
    line.on_epoch_begin(100)
    line.on_epoch_end(100, LOGS)
    first, second = capsys.readouterr().out.splitlines()
    assert len(first) <= 120
    assert first.startswith("  epoch  100/1000 ")
    assert "PSNR 31.20  (bicubic 31.19)  AP 0.500  kappa -0.250" in first
    assert first.endswith("accuracy 0.750  best")
    assert second.endswith("accuracy 0.750")
