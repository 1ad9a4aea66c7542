import dataclasses

import keras
import numpy as np
import pytest
from safetensors.numpy import save_file

from dmtdr_tf.config import Config, RunConfig, StageOneConfig, presets
from dmtdr_tf.config.phases import PHASES, stage_phases
from dmtdr_tf.data import pipeline
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models import imagenet
from dmtdr_tf.models.batch_norms import batch_norms
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.training import phase_model, stages
from dmtdr_tf.training.phase_run import frozen_lesion_maps
from dmtdr_tf.training.workdir import Workdir


@pytest.fixture
def model(tiny):
    keras.utils.set_random_seed(0)
    return DeepMTDR(tiny)


def _config(**changes):
    config = presets.preset("small")
    changes = {"freeze_batch_norm": False, **changes}
    joint = dataclasses.replace(config.stage_2.joint, **changes)
    stage_2 = dataclasses.replace(config.stage_2, joint=joint)
    return dataclasses.replace(config, stage_2=stage_2)


def _settings(**changes):
    return _config(**changes).stage_2.joint


@pytest.mark.parametrize(
    ("field", "subnet"),
    [
        ("freeze_super_resolution", "super_resolution"),
        ("freeze_segmentation", "segmentation"),
    ],
)
def test_a_frozen_subnet_has_nothing_to_learn(model, field, subnet):
    phase_model.freeze(model, _settings(**{field: True}))
    learners = model.learners("joint")
    assert [name for name, v in learners.items() if not v] == [subnet]


def test_frozen_batch_norm_keeps_its_statistics_in_training(model):
    phase_model.freeze(model, _settings(freeze_batch_norm=True))
    norms = [
        norm
        for subnet in (model.super_resolver, model.segmenter, model.grader)
        for norm in batch_norms(subnet)
    ]
    assert len(norms) == 18 + 20  # nine modules of two, ResNet-18's twenty
    before = [np.array(x.moving_mean) for x in norms]
    model(keras.random.uniform((1, 16, 16, 3), seed=1), training=True)
    for norm, mean in zip(norms, before, strict=True):
        np.testing.assert_array_equal(norm.moving_mean, mean)


def test_each_subnet_gets_its_learning_rate(model):
    config = _config(
        segmentation_learning_rate_multiplier=3.0,
        grading_learning_rate_multiplier=2.0,
    )
    phase_model.compile_phase(model, config, PHASES["joint"], steps=10)
    counts = {k: len(v) for k, v in model.learners("joint").items()}
    assert model.optimizer.multipliers == (
        [1.0] * counts["super_resolution"]
        + [3.0] * counts["segmentation"]
        + [2.0] * counts["grading"]
    )


def test_start_weights_are_the_earlier_phases_best(model, tmp_path, tiny):
    workdir = Workdir(tmp_path)
    workdir.phase("grading").mkdir()
    model.grader.head.get_layer("grade").bias.assign([7.0] * 5)
    model.save_weights(workdir.best("grading"))
    made = phase_model.build_model(Config(model=tiny), workdir, PHASES["joint"])
    bias = made.grader.head.get_layer("grade").bias
    np.testing.assert_array_equal(bias, [7.0] * 5)


def test_stage_2_needs_stage_1(tmp_path, tiny):
    config = Config(run=RunConfig(workdir=str(tmp_path)), model=tiny)
    with pytest.raises(UserError, match="^stage: .*train stage 1 first"):
        stages.train(config, "2")


def test_imagenet_weights_are_read_before_anything_is_trained(tmp_path):
    config = Config(
        run=RunConfig(workdir=str(tmp_path)),
        stage_1=StageOneConfig(imagenet_weights="absent.safetensors"),
    )
    with pytest.raises(UserError, match=r"absent\.safetensors"):
        stages.train(config, "1")
    assert not Workdir(tmp_path).phase("restoration").exists()


def test_grader_starts_from_imagenet_weights(tmp_path, tiny):
    rng = np.random.default_rng(0)
    arrays = {
        name: rng.uniform(0.5, 1, shape).astype("float32")
        for name, shape in imagenet.shapes().items()
    }
    path = tmp_path / "resnet18.safetensors"
    save_file(arrays, path)
    wide = dataclasses.replace(tiny, grading_width=64)
    config = Config(
        model=wide, stage_1=StageOneConfig(imagenet_weights=str(path))
    )
    workdir = Workdir(tmp_path)
    workdir.phase("restoration").mkdir()
    DeepMTDR(wide).save_weights(workdir.best("restoration"))
    made = phase_model.build_model(config, workdir, PHASES["grading"])
    layer = made.grader.backbone.get_layer("stage_4_block_2_2_norm")
    np.testing.assert_array_equal(layer.beta, arrays["layer4.1.bn2.bias"])


def test_only_the_phases_that_run_have_to_be_shared():
    config = presets.preset("paper")
    stages._check_batch_sizes(config, stage_phases(1), 2)
    with pytest.raises(UserError, match=r"stage_2\.joint\.batch_size: 1 "):
        stages._check_batch_sizes(config, stage_phases(2), 2)


@pytest.mark.parametrize("name", ["restoration", "grading", "joint"])
def test_every_phase_takes_a_step_on_the_pipeline_s_batch(
    dots_dir, tmp_path, tiny, name
):
    """What the pipeline gives is what the phase's losses read."""
    config = presets.preset("small")
    config = dataclasses.replace(
        config,
        model=tiny,
        data=dataclasses.replace(config.data, high_res_size=64),
        run=RunConfig(dataset="dots", data_dir=str(dots_dir)),
    )
    phase = dataclasses.replace(PHASES[name], start=None)
    settings = dataclasses.replace(
        phase.settings(config),
        epochs=1,
        batch_size=2,
        crop_size=0,
        gradient_accumulation=1,
    )
    stage = getattr(config, f"stage_{phase.stage}")
    stage = dataclasses.replace(stage, **{name: settings})
    config = dataclasses.replace(config, **{f"stage_{phase.stage}": stage})
    model = phase_model.build_model(config, Workdir(tmp_path), phase)
    maps = frozen_lesion_maps(config, Workdir(tmp_path), phase)
    data = pipeline.training_data(config, settings, phase.keep, 0, maps)
    phase_model.compile_phase(model, config, phase, data.steps_per_epoch)
    before = [np.array(v) for v in model.trainable_variables]
    logs = model.train_step(next(iter(data.batches)))
    assert logs["bad_steps"] == 0
    after = [np.array(v) for v in model.trainable_variables]
    assert any(
        not np.array_equal(x, y) for x, y in zip(before, after, strict=True)
    )
