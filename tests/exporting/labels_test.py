import dataclasses
import json

import pytest

from dmtdr_tf.config import presets
from dmtdr_tf.exporting.labels import labels, run_labels


@pytest.mark.parametrize("name", list(presets.PRESETS))
def test_labels_survive_json_and_sizes_fit_the_scale(name):
    config = presets.preset(name)
    content = labels(config)
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    assert (
        content["scale"] * content["low_res_size"] == content["high_res_size"]
    )
    assert content["preset"] == name
    assert content["quality"] == dataclasses.asdict(config.quality)


def test_a_client_reads_grades_and_lesions_in_the_model_s_order():
    content = labels(presets.preset("demo"))
    assert content["grades"][0] == "none"
    assert content["grades"][content["referable_grade"]] == "moderate"
    names = dict(zip(content["lesions"], content["lesion_names"], strict=True))
    assert names == {
        "MA": "microaneurysms",
        "HM": "haemorrhages",
        "SE": "soft exudates",
        "HE": "hard exudates",
    }
    assert 0 < content["lesion_threshold"] < 1


def test_labels_follow_the_configuration():
    config = presets.preset("demo")
    model = dataclasses.replace(config.model, scale=2)
    run = dataclasses.replace(config.run, dataset="idrid")
    changed = labels(dataclasses.replace(config, model=model, run=run))
    before = labels(config)
    assert changed["low_res_size"] == before["high_res_size"] // 2
    differing = {name for name in before if before[name] != changed[name]}
    assert differing == {"scale", "low_res_size", "dataset"}


def test_the_limits_of_a_run_s_model():
    config = presets.preset("demo")
    content = run_labels(config)
    assert content.items() >= labels(config).items()
    assert content["warning"].startswith("Trained on drawn photographs")
    assert content["not_reliably_detected"] is None
    run = dataclasses.replace(config.run, dataset="idrid")
    real = run_labels(dataclasses.replace(config, run=run), ("MA",))
    assert real["warning"] == ""
    assert real["not_reliably_detected"] == ["MA"]


def test_labels_hold_the_calibration(calibration):
    config = presets.preset("demo")
    assert run_labels(config)["calibration"] is None
    content = run_labels(config, calibration=calibration)
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    assert content["calibration"]["referral_threshold"] == 0.31
