import dataclasses
import json

import pytest

from dmtdr_tf.config import (
    Config,
    DataConfig,
    LossConfig,
    ModelConfig,
    PhaseConfig,
    RunConfig,
    StageOneConfig,
    presets,
)
from dmtdr_tf.config import file as config_file
from dmtdr_tf.files.errors import UserError


@pytest.mark.parametrize("name", list(presets.PRESETS))
def test_saving_and_loading_gives_the_same_configuration(tmp_path, name):
    config = presets.preset(name)
    config_file.save(config, tmp_path / "run" / "config.json")
    assert config_file.load(tmp_path / "run" / "config.json") == config
    assert config.run.preset == name


def test_presets_have_the_sizes_of_their_purpose():
    sizes = {
        name: (config.low_res_size, config.data.high_res_size)
        for name, config in presets.PRESETS.items()
    }
    assert sizes["paper"] == sizes["base"] == sizes["device"] == (256, 1024)
    assert sizes["small"] == (128, 512)


def test_paper_preset_has_the_values_of_table_1():
    paper = presets.preset("paper")
    one, two = paper.stage_1.losses, paper.stage_2.losses
    assert paper.stage_1.restoration.learning_rate == 1e-4
    assert paper.stage_2.joint.learning_rate == 5e-5
    assert (one.image_loss_weight, two.image_loss_weight) == (1, 1)
    assert (one.segmentation_aware_loss_weight) == 10
    assert (two.segmentation_aware_loss_weight) == 1
    assert two.classification_aware_loss_weight == 10
    assert two.total_variation_loss_weight == 1e-6
    assert two.evidence_threshold == 0.5


def test_unknown_key_is_refused_by_name(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model": {"scal": 4}}))
    with pytest.raises(UserError, match="unknown field 'scal'"):
        config_file.load(path)


@pytest.mark.parametrize("text", ["{", "[1]", '{"model": 3}'])
def test_what_is_no_configuration_is_refused(tmp_path, text):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"config\.json"):
        config_file.load(path)


def test_missing_file_and_preset_are_named(tmp_path):
    with pytest.raises(UserError, match="no such configuration"):
        config_file.load(tmp_path / "config.json")
    with pytest.raises(UserError, match="huge.*paper, base, small"):
        presets.preset("huge")


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: ModelConfig(scale=3), "model.scale"),
        (lambda: ModelConfig(segmentation_width=0), "segmentation_width"),
        (lambda: ModelConfig(dropout=1.0), "dropout"),
        (lambda: DataConfig(high_res_size=0), "high_res_size"),
        (lambda: Config(data=DataConfig(high_res_size=500)), "high_res_size"),
        (lambda: LossConfig(grade_weights=(1.0, 2.0)), "grade_weights"),
        (lambda: LossConfig(evidence_temperature=0.0), "temperature"),
        (lambda: ModelConfig(segmentation_width=3), "segmentation_width"),
        (lambda: ModelConfig(pyramid=(4, 0)), "pyramid"),
        (lambda: ModelConfig(pyramid=()), "pyramid"),
        (lambda: DataConfig(cache_gigabytes=-1.0), "cache_gigabytes"),
        (lambda: DataConfig(photometric_jitter=2.0), "photometric_jitter"),
        (lambda: LossConfig(dice_loss_weight=-1.0), "dice_loss_weight"),
        (lambda: LossConfig(evidence_threshold=7.0), "evidence_threshold"),
        (lambda: PhaseConfig(epochs=0), "epochs"),
        (lambda: PhaseConfig(steps_per_epoch=-5), "steps_per_epoch"),
        (lambda: PhaseConfig(crop_size=-32), "crop_size"),
        (lambda: PhaseConfig(lesion_focus=3.0), "lesion_focus"),
        (lambda: PhaseConfig(warmup=2.0), "warmup"),
        (lambda: PhaseConfig(weight_decay=-1.0), "weight_decay"),
        (lambda: PhaseConfig(learning_rate=float("nan")), "learning_rate"),
        (lambda: RunConfig(max_bad_steps=0), "max_bad_steps"),
        (lambda: RunConfig(replicas=-3), "replicas"),
        (lambda: RunConfig(strategy="one", replicas=2), "strategy"),
        (lambda: PhaseConfig(learning_rate=0.0), "learning_rate"),
        (lambda: PhaseConfig(balance="class"), "^balance: must be one of"),
        (lambda: DataConfig(degradation="worse"), "data.degradation"),
        (lambda: LossConfig(routing="all"), "losses.routing"),
        (lambda: ModelConfig(evidence="lime"), "model.evidence"),
        (lambda: RunConfig(precision="float16"), "run.precision"),
        (
            lambda: Config(
                stage_1=StageOneConfig(restoration=PhaseConfig(crop_size=100))
            ),
            "crop_size",
        ),
        (
            lambda: Config(
                model=ModelConfig(grading_width=32),
                stage_1=StageOneConfig(imagenet_weights="w.safetensors"),
            ),
            "grading_width=64",
        ),
    ],
)
def test_value_out_of_range_names_its_field(make, name):
    with pytest.raises(UserError, match=name):
        make()


def test_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "config.json"
    config_file.save(presets.preset("demo"), path)
    before = path.read_text()

    def no_space(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", no_space)
    with pytest.raises(OSError, match="No space"):
        config_file.save(presets.preset("small"), path)
    assert path.read_text() == before


def _version_0_1_0(class_balanced, lesion_balanced):
    """A configuration as version 0.1.0 wrote it."""
    values = dataclasses.asdict(presets.preset("small"))
    phases = [*values["stage_1"].values(), *values["stage_2"].values()]
    for phase in phases:
        if isinstance(phase, dict) and phase.pop("balance", None):
            phase["class_balanced"] = class_balanced
            phase["lesion_balanced"] = lesion_balanced
    return values


@pytest.mark.parametrize(
    ("class_balanced", "lesion_balanced", "balance"),
    [
        (False, False, "none"),
        (True, False, "grade"),
        (False, True, "lesion"),
    ],
)
def test_configuration_of_version_0_1_0_is_translated(
    tmp_path, class_balanced, lesion_balanced, balance
):
    path = tmp_path / "config.json"
    values = _version_0_1_0(class_balanced, lesion_balanced)
    assert "balance" not in values["stage_2"]["joint"]
    path.write_text(json.dumps(values))
    config = config_file.load(path)
    assert config.stage_1.restoration.balance == balance
    assert config.stage_1.grading.balance == balance
    assert config.stage_2.joint.balance == balance
    if balance == "none":
        assert config == presets.preset("small")


def test_two_balances_at_once_are_refused(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(_version_0_1_0(True, True)))
    with pytest.raises(UserError, match="mutually exclusive"):
        config_file.load(path)
