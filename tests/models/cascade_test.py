import dataclasses

import keras
import numpy as np
import pytest

from dmtdr_tf.config import Config
from dmtdr_tf.config import file as config_file
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.cascade import Cascade


@pytest.fixture(scope="module")
def low_res():
    return np.random.default_rng(3).random((2, 16, 16, 3), np.float32)


def test_a_workdir_gives_the_model_that_was_saved(model, workdir, low_res):
    loaded = Cascade.from_workdir(workdir.path, dtype="float32")
    for one, other in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(np.array(one), np.array(other))
    expected, answer = model.explain(low_res), loaded.explain(low_res)
    for name, value in expected.items():
        np.testing.assert_allclose(answer[name], value, atol=1e-6)


def test_the_dtype_changes_the_computation_and_not_the_weights(model, workdir):
    loaded = Cascade.from_workdir(workdir.path, dtype="mixed_bfloat16")
    assert loaded.segmenter.compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == "float32"
    for one, other in zip(model.weights, loaded.weights, strict=True):
        assert other.dtype == "float32"
        np.testing.assert_array_equal(np.array(one), np.array(other))


def test_restore_is_the_first_half_of_explain(model, low_res):
    restored, explained = model.restore(low_res), model.explain(low_res)
    assert set(explained) - set(restored) == {"grade", "evidence"}
    for name, value in restored.items():
        np.testing.assert_array_equal(value, explained[name])


def test_a_photograph_s_answer_does_not_depend_on_its_batch(model, low_res):
    both = model.explain(low_res)
    for i in range(2):
        alone = model.explain(low_res[i : i + 1])
        for name, value in alone.items():
            np.testing.assert_allclose(value[0], both[name][i], atol=1e-5)


def test_what_a_workdir_lacks_is_named(workdir, tmp_path, tiny):
    with pytest.raises(UserError, match="stage 1 is not finished"):
        Cascade.from_workdir(workdir.path, stage=1)
    with pytest.raises(UserError, match="stage: must be 1 or 2, not 5"):
        Cascade.from_workdir(workdir.path, stage=5)
    with pytest.raises(UserError, match="holds no run"):
        Cascade.from_workdir(tmp_path)
    config_file.save(Config(model=tiny), tmp_path / "config.json")
    with pytest.raises(UserError, match="no stage is finished"):
        Cascade.from_workdir(tmp_path)


def test_frozen_parts_add_up_and_learn_nothing(tiny):
    model = Cascade(dataclasses.asdict(tiny), frozen=["segmentation"])
    assert model.config == tiny
    model.freeze(["batch_norm", "segmentation"])
    assert model.frozen == ("segmentation", "batch_norm")
    learners = model.learners("joint")
    assert learners["segmentation"] == []
    assert learners["super_resolution"]
    names = {v.path.rpartition("/")[2] for v in learners["grading"]}
    assert not names & {"gamma", "beta"}
    assert set(model.learners("grading")) == {"grading"}
    again = Cascade.from_config(model.get_config())
    assert (again.config, again.frozen) == (tiny, model.frozen)
