import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.config import Config, DataConfig, RunConfig
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.training.callbacks import PictureSummary


def _read(folder):
    """Every summary's value by its tag."""
    found = {}
    for path in folder.glob("events*"):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                found[value.tag] = tf.make_ndarray(value.tensor)
    return found


RESTORED = {
    "low_res",
    "bicubic",
    "super_resolution",
    "high_res",
    "lesions_true",
    "lesions_predicted",
}


def _summaries(tmp_path, dots_dir, tiny, phase):
    config = Config(
        run=RunConfig(dataset="dots", data_dir=str(dots_dir)),
        model=tiny,
        data=DataConfig(high_res_size=32),
    )
    model = DeepMTDR(tiny)
    model.compile(phase=phase)
    summary = PictureSummary(config, tmp_path, photographs=1)
    summary.set_model(model)
    summary.on_train_begin()
    summary.on_epoch_end(0)
    summary.on_train_end()
    return _read(tmp_path)


def _kinds(found):
    return {tag.split("/")[1] for tag in found}


def test_before_the_grader_learns_what_it_would_say_is_not_shown(
    tmp_path, dots_dir, tiny
):
    found = _summaries(tmp_path, dots_dir, tiny, "restoration")
    assert _kinds(found) == RESTORED


@pytest.mark.parametrize("phase", ["grading", "joint"])
def test_every_picture_and_the_grades_are_written(
    tmp_path, dots_dir, tiny, phase
):
    found = _summaries(tmp_path, dots_dir, tiny, phase)
    assert _kinds(found) == RESTORED | {"evidence", "grade"}
    # An image summary is width, height, and the PNG.
    shown = tf.io.decode_png(found["photograph_1/high_res"][2]).numpy()
    assert shown.shape == (32, 32, 3)
    assert np.ptp(shown[0, :, 1]) == 31  # the ramp of the data set
    text = found["photograph_1/grade"].item().decode()
    assert text.count("|\n") >= 5
    assert "proliferative" in text
