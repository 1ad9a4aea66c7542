import dataclasses

import numpy as np
import pytest

from dmtdr_tf.config import Config
from dmtdr_tf.config import file as config_file
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.training.workdir import Workdir


@pytest.fixture
def workdir(tmp_path, tiny):
    made = Workdir(tmp_path / "run")
    config_file.save(Config(model=tiny), made.config_file)
    return made


def _finish(workdir, phase, bias):
    """Leaves weights whose last bias tells the phase."""
    model = DeepMTDR(workdir.config.model)
    model.grader.head.get_layer("grade").bias.assign([bias] * 5)
    workdir.phase(phase).mkdir()
    model.save_weights(workdir.best(phase))
    (workdir.phase(phase) / "finished").touch()


def _bias(model):
    return float(np.array(model.grader.head.get_layer("grade").bias)[0])


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(UserError, match="holds no run"):
        _ = Workdir(tmp_path).config


def test_untrained_run_says_how_to_go_on(workdir):
    with pytest.raises(UserError, match=r"no stage is finished.*--stage=1"):
        workdir.load_model()
    assert workdir.latest_stage() is None


def test_latest_finished_stage_is_loaded_unless_one_is_named(workdir):
    _finish(workdir, "grading", 1.0)
    assert _bias(workdir.load_model()) == 1.0
    with pytest.raises(UserError, match="stage 2 is not finished"):
        workdir.load_model(stage=2)
    _finish(workdir, "joint", 2.0)
    assert _bias(workdir.load_model()) == 2.0
    assert _bias(workdir.load_model(stage=1)) == 1.0
    with pytest.raises(UserError, match="stage: must be 1 or 2, not 3"):
        workdir.load_model(stage=3)
    assert workdir.load_model().config == workdir.config.model


def test_damaged_and_foreign_weights_are_named(workdir):
    _finish(workdir, "grading", 1.0)
    wider = dataclasses.replace(workdir.config.model, grading_width=8)
    with pytest.raises(UserError, match=r"best\.weights\.h5: cannot be loaded"):
        workdir.load_weights(DeepMTDR(wider), "grading")
    workdir.best("grading").write_bytes(b"torn")
    with pytest.raises(UserError, match=r"best\.weights\.h5: cannot be loaded"):
        workdir.load_model()
