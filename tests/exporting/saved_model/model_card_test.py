import json

import pytest

from dmtdr_tf.evaluation.grading import GradingFigures
from dmtdr_tf.exporting.saved_model.model_card import (
    model_card,
    read_evaluation,
)
from dmtdr_tf.files.errors import UserError


@pytest.fixture
def evaluation():
    """Figures in the evaluation's own form: two photographs, one right."""
    grading = GradingFigures()
    grading.update([2, 0], [1.0, 1.0], [[0, 0, 9, 0, 0]] * 2)
    figure = {"pooled": 0.25, "per_image": 0.5, "pooled_error_bound": 0.0}
    lesion = {
        "average_precision": figure,
        "auc": figure,
        "prevalence": figure,
        "photographs": 2,
    }
    names = ("MA", "HM", "SE", "HE", "mean")
    restored = {"psnr": 31.5, "ssim": 0.9, "photographs": 2}
    return {
        "provenance": {
            "split": "test",
            "dataset": "synthetic_fundus",
            "stage": 2,
            "dmtdr_tf": "0.1.0",
        },
        "grading": grading.result(),
        "super_resolution": restored | {"bicubic": restored},
        "lesions": dict.fromkeys(names, lesion),
    }


def test_facts_of_the_run(config):
    card = model_card(config, stage=2)
    for fact in ("synthetic_fundus", "demo", "16 x 16", "64 x 64", "gmsv"):
        assert fact in card
    assert "4 proliferative" in card
    assert "It is not\na medical device" in card
    assert "The run was not evaluated" in card


def test_figures_of_the_evaluation(config, evaluation, tmp_path):
    file = tmp_path / "evaluation.json"
    file.write_text(json.dumps(evaluation))
    card = model_card(config, 2, read_evaluation(file))
    assert "split `test` of synthetic_fundus" in card
    assert "accuracy                             0.5000" in card
    assert "31.5000" in card


def test_figures_of_another_stage_are_left_out(config, evaluation):
    card = model_card(config, 1, evaluation)
    assert "evaluation is of stage 2, but this model is of stage 1" in card
    assert "31.5" not in card


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"grading": {}}', "\x00"])
def test_what_is_no_evaluation_is_one_line(tmp_path, text):
    assert read_evaluation(tmp_path / "none.json") is None
    file = tmp_path / "evaluation.json"
    file.write_text(text)
    with pytest.raises(UserError, match="evaluation.json: not an evaluation"):
        read_evaluation(file)
