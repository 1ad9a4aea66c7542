import json

import numpy as np
import pytest
import sklearn.metrics

from dmtdr_tf.evaluation.grading import GradingFigures


def _logits(guesses, margin=4.0):
    return margin * np.eye(5)[guesses]


def test_worked_by_hand():
    """Grades 0, 0, 2, 4 taken for 0, 1, 2, 1; the majority grade is 0."""
    figures = GradingFigures()
    figures.update([0, 0, 2, 4], np.ones(4), _logits([0, 1, 2, 1]))
    result = figures.result()
    assert result["accuracy"] == 0.5
    assert result["confusion_matrix"][0] == [1, 1, 0, 0, 0]
    assert result["confusion_matrix"][4] == [0, 1, 0, 0, 0]
    assert result["referable_sensitivity"] == 0.5
    assert result["referable_specificity"] == 1.0
    # Of the four pairs only 4 (taken for 1) against 0 and 0: equal scores.
    assert result["referable_auc"] == pytest.approx((2 + 2 * 0.5) / 4)
    assert result["majority"]["grade"] == 0
    assert result["majority"]["accuracy"] == 0.5
    assert result["majority"]["precision"] == pytest.approx(0.25)
    assert result["majority"]["f1"] == pytest.approx(0.5 * 2 / 3)
    assert result["majority"]["quadratic_kappa"] == 0.0
    confidence = np.exp(4) / (np.exp(4) + 4)
    assert result["calibration_error"] == pytest.approx(confidence - 0.5)


def test_batches_masks_and_scikit_learn():
    rng = np.random.default_rng(0)
    grades = rng.integers(0, 5, 60)
    logits = rng.normal(size=(60, 5)) + 2 * np.eye(5)[grades]
    known = np.arange(60) % 3 != 0
    labels = np.where(known, grades, -1)
    figures = GradingFigures()
    for part in np.split(np.arange(60), [1, 7, 40]):
        figures.update(labels[part], known[part], logits[part])
    result = figures.result()
    true, guess = grades[known], logits[known].argmax(1)
    assert result["photographs"] == 40
    assert result["accuracy"] == sklearn.metrics.accuracy_score(true, guess)
    assert result["f1"] == pytest.approx(
        sklearn.metrics.f1_score(true, guess, average="weighted")
    )
    assert result["quadratic_kappa"] == pytest.approx(
        sklearn.metrics.cohen_kappa_score(true, guess, weights="quadratic")
    )
    odds = np.exp(logits[known])
    score = odds[:, 2:].sum(1) / odds.sum(1)
    assert result["referable_auc"] == pytest.approx(
        sklearn.metrics.roc_auc_score(true >= 2, score)
    )


def test_nothing_graded_is_null_not_nan():
    figures = GradingFigures()
    figures.update([-1], [0.0], _logits([2]))
    result = figures.result()
    assert result.pop("photographs") == 0
    majority = result.pop("majority")
    assert set(result.values()) == {None}
    assert set(majority.values()) == {None}
    json.dumps(result, allow_nan=False)


def test_one_kind_only_has_no_auc():
    figures = GradingFigures()
    figures.update([0, 1], [1, 1], _logits([0, 0]))
    result = figures.result()
    assert result["referable_auc"] is None
    assert result["referable_sensitivity"] is None
    assert result["referable_specificity"] == 1.0


def test_a_calibrated_model_refers_by_its_threshold(calibration, logits):
    grades = np.arange(len(logits)) % 5
    figures = GradingFigures(calibration)
    figures.update(grades, np.ones(len(grades)), logits)
    result = figures.result()
    odds = np.exp(logits.astype(float) / calibration.temperature)
    probabilities = odds / odds.sum(1, keepdims=True)
    referred = probabilities[:, 2:].sum(1) >= 0.31
    assert result["referable_threshold"] == 0.31
    assert result["referable_sensitivity"] == np.mean(referred[grades >= 2])
    assert result["referable_specificity"] == np.mean(~referred[grades < 2])
    best = probabilities == probabilities.max(1, keepdims=True)
    sets = [np.flatnonzero(row) for row in best | (probabilities >= 0.17)]
    held = [one[0] <= g <= one[-1] for one, g in zip(sets, grades, strict=True)]
    assert result["set_coverage"] == np.mean(held)
    size = np.mean([one[-1] - one[0] + 1 for one in sets])
    assert result["mean_set_size"] == size
    # Neither the grades nor their ranking change.
    plain = GradingFigures()
    plain.update(grades, np.ones(len(grades)), logits)
    same = plain.result()
    assert same["mean_set_size"] is None
    assert same["referable_threshold"] == 0.5
    for name in ("accuracy", "confusion_matrix", "quadratic_kappa"):
        assert result[name] == same[name]
    assert result["calibration_error"] != same["calibration_error"]
