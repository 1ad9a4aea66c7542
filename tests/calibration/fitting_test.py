import numpy as np
import pytest

from dmtdr_tf.calibration import conformal
from dmtdr_tf.calibration.fitting import fit, referral_threshold
from dmtdr_tf.calibration.temperature import probabilities_of
from dmtdr_tf.files.errors import UserError


def photographs(count=76, seed=0):
    """Logits of a model that is too sure, and the grades."""
    rng = np.random.default_rng(seed)
    grades = np.arange(count) % 5
    logits = 4 * np.eye(5)[grades] + 4 * rng.normal(size=(count, 5))
    return logits, grades


@pytest.mark.parametrize("sensitivity", [0.5, 0.9, 0.95, 1.0])
def test_the_highest_threshold_that_reaches_the_sensitivity(sensitivity):
    rng = np.random.default_rng(1)
    referable = np.arange(76) < 45
    scores = np.clip(rng.normal(0.4 + 0.3 * referable, 0.2), 0, 1)
    threshold = referral_threshold(scores, referable, sensitivity)
    assert np.mean(scores[referable] >= threshold) >= sensitivity
    higher = np.min(scores[scores >= threshold]) + 1e-9
    assert np.mean(scores[referable] >= higher) < sensitivity
    # Not on a photograph, where an export's rounding would decide.
    assert np.abs(scores - threshold).min() > 1e-4


def test_equal_scores_are_referred_together():
    threshold = referral_threshold([0.7] * 10, [True] * 5 + [False] * 5, 0.9)
    assert threshold == 0.35


def test_calibrates_a_model_that_is_too_sure():
    logits, grades = photographs(500)
    fitted, figures = fit(logits, grades)
    assert fitted.temperature > 1.5
    before, after, honest = (
        figures[f"calibration_error_{name}"]
        for name in ("before", "after", "cross_fitted")
    )
    assert max(after, honest) < before / 2
    assert figures["sensitivity"] >= 0.9
    assert figures["coverage"] >= 0.9
    assert 1 <= figures["mean_set_size"] <= 5
    assert figures["sensitivity_cross_fitted"] > 0.85
    assert figures["coverage_cross_fitted"] > 0.85


def test_cross_fitted_figures_leave_each_photograph_out():
    logits, grades = photographs(40)
    _, figures = fit(logits, grades)
    referred = []
    for i in range(40):
        others = np.arange(40) != i
        one, _ = fit(logits[others], grades[others])
        row = probabilities_of(logits[i : i + 1], one.temperature)[0]
        referred.append(one.operating_point.is_referable(row))
    referable = grades >= 2
    assert figures["sensitivity_cross_fitted"] == pytest.approx(
        np.mean(np.array(referred)[referable])
    )


def test_without_a_set():
    fitted, figures = fit(*photographs(), coverage=None)
    assert fitted.quantile is None
    assert fitted.operating_point.least_probability is None
    assert not {"coverage", "mean_set_size"} & set(figures)


def test_the_set_needs_its_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "crepes", None)
    with pytest.raises(ModuleNotFoundError):
        fit(*photographs())


def test_a_set_of_everything_where_the_coverage_asks_for_too_much():
    fitted, figures = fit(*photographs(), coverage=0.999)
    assert fitted.quantile == 1.0
    assert figures["mean_set_size"] == 5.0


@pytest.mark.parametrize(
    ("count", "highest", "message"),
    [(19, 4, "19 graded photographs are too few"), (60, 1, "0 referable")],
)
def test_too_few_photographs_are_refused(count, highest, message):
    logits, grades = photographs(count)
    with pytest.raises(UserError, match=message):
        fit(logits, np.minimum(grades, highest))


def test_knows_whether_the_extra_is_installed():
    assert conformal.has_conformal()
