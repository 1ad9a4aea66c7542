import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.models.learning.validation import ValidationMetrics
from dmtdr_tf.preprocessing import degradation


def _batch():
    rng = np.random.default_rng(0)
    high_res = tf.constant(rng.uniform(size=(2, 32, 32, 3)), tf.float32)
    return {
        "high_res": high_res,
        "low_res": degradation.low_resolution(high_res, 4),
        "lesions": tf.constant(rng.random((2, 32, 32, 4)) > 0.9, tf.float32),
        "has_lesions": tf.constant([1.0, 0.0]),
        "grade": tf.constant([3, 1]),
        "has_grade": tf.constant([1.0, 1.0]),
    }


def _perfect(batch):
    return {
        "super_resolution": batch["high_res"],
        "lesions": batch["lesions"],
        "grade": tf.one_hot(batch["grade"], 5),
    }


def test_perfect_answers_score_one_each():
    batch = _batch()
    metrics = ValidationMetrics("joint")
    metrics.update(_perfect(batch), batch)
    made = {k: float(v) for k, v in metrics.result().items()}
    assert made["average_precision"] == pytest.approx(1.0)
    assert made["quadratic_kappa"] == pytest.approx(1.0)
    gain = 0.1 * (made["psnr"] - made["bicubic_psnr"])
    assert made["score"] == pytest.approx(2.0 + gain, rel=1e-5)


def test_bicubic_answer_gains_nothing():
    batch = _batch()
    metrics = ValidationMetrics("restoration")
    bicubic = degradation.bicubic(batch["low_res"], 4)
    metrics.update({**_perfect(batch), "super_resolution": bicubic}, batch)
    made = metrics.result()
    assert float(made["psnr"]) == pytest.approx(float(made["bicubic_psnr"]))
    assert "quadratic_kappa" not in made


def test_unannotated_lesions_do_not_count():
    batch = _batch()
    outputs = _perfect(batch)
    wrong = tf.stack([batch["lesions"][0], 1 - batch["lesions"][1]])
    metrics = ValidationMetrics("restoration")
    metrics.update({**outputs, "lesions": wrong}, batch)
    assert float(metrics.result()["average_precision"]) == pytest.approx(1.0)


def test_grading_phase_scores_the_kappa_alone():
    batch = _batch()
    metrics = ValidationMetrics("grading")
    metrics.update({"grade": tf.one_hot([3, 3], 5)}, batch)
    made = metrics.result()
    assert set(made) == {"quadratic_kappa", "accuracy", "score"}
    assert float(made["accuracy"]) == 0.5
    assert float(made["score"]) == float(made["quadratic_kappa"])


def test_the_score_of_probabilities_worked_by_hand():
    """AUC 1; RPS = 2 * (1/2)^2 = 1/2, and RPS_0, the frequencies', too."""
    batch = _batch()  # grades 3 and 1: RPS_0 = 2 * 1/2 * 1/2
    metrics = ValidationMetrics("grading", "probabilities")
    # All but undecided between the two grades.
    probabilities = tf.constant([[0, 0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5, 0]])
    probabilities += tf.constant([[0.0, 0, 0, 1e-3, 0], [0, 1e-3, 0, 0, 0]])
    metrics.update({"grade": tf.math.log(probabilities + 1e-9)}, batch)
    figures = {k: float(v) for k, v in metrics.result().items()}
    assert figures["referable_auc"] == pytest.approx(1.0)
    assert figures["ranked_probability_skill"] == pytest.approx(0.0, abs=0.01)
    assert figures["score"] == pytest.approx(0.5, abs=0.01)


def test_the_score_of_probabilities_sees_what_the_kappa_does_not():
    batch = _batch()

    def figures(sure):
        metrics = ValidationMetrics("grading", "probabilities")
        logits = sure * tf.one_hot(batch["grade"], 5)
        metrics.update({"grade": logits}, batch)
        return {k: float(v) for k, v in metrics.result().items()}

    unsure, sure = figures(0.5), figures(5.0)
    assert unsure["quadratic_kappa"] == sure["quadratic_kappa"] == 1.0
    assert unsure["score"] < sure["score"]
