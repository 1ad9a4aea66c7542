import numpy as np
import pytest
import scipy.stats

from dmtdr_tf.evaluation import bootstrap as module
from dmtdr_tf.evaluation.bootstrap import Bootstrap, certain_share, interval
from dmtdr_tf.files.errors import UserError


def _weights(bootstrap, groups):
    return np.concatenate(list(bootstrap.weights(np.asarray(groups))))


def test_each_resample_draws_as_many_eyes_as_there_are():
    weights = _weights(Bootstrap(samples=50), np.arange(7))
    assert weights.shape == (50, 7)
    assert (weights.sum(axis=1) == 7).all()
    # Drawn with replacement: some eye is there twice, another one not at all.
    assert weights.max() > 1
    assert weights.min() == 0


def test_photographs_of_one_eye_are_drawn_together():
    weights = _weights(Bootstrap(samples=50), [0, 1, 0, 2, 1])
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 1] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert (weights[:, 0] != weights[:, 1]).any()


def test_the_draw_depends_on_the_seed_alone(monkeypatch):
    groups = np.arange(10)
    whole = _weights(Bootstrap(samples=20, seed=3), groups)
    assert (whole == _weights(Bootstrap(samples=20, seed=3), groups)).all()
    assert (whole != _weights(Bootstrap(samples=20, seed=4), groups)).any()
    monkeypatch.setattr(module, "_CHUNK", 30)
    parts = list(Bootstrap(samples=20, seed=3).weights(groups))
    assert len(parts) == 7
    assert (np.concatenate(parts) == whole).all()


def test_the_interval_of_a_mean_is_the_textbook_s():
    """Of 400 eyes, mean and standard error are nearly normal."""
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    weights = _weights(Bootstrap(samples=4000), np.arange(400))
    low, high = interval(weights @ values / 400)
    error = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - error, abs=0.02)
    assert high == pytest.approx(values.mean() + error, abs=0.02)


def test_no_interval_where_resamples_say_nothing():
    assert interval(np.full(100, 0.7)) is None
    assert interval(np.full(100, np.nan)) is None
    values = np.arange(100.0)
    values[:5] = np.nan
    assert interval(values) is not None
    values[:20] = np.nan
    assert interval(values) is None


@pytest.mark.parametrize(
    ("eyes", "defined"), [(1, False), (2, False), (3, True)]
)
def test_a_figure_needs_three_eyes(eyes, defined):
    values = np.full(40, np.nan)
    values[:eyes] = np.arange(eyes)
    weights = _weights(Bootstrap(), np.arange(40))
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        means = weights[:, known] @ values[known] / weights[:, known].sum(1)
    assert (interval(means) is not None) == defined


@pytest.mark.parametrize("eyes", [1, 4, 30])
def test_a_certain_share_has_clopper_and_pearson_s_interval(eyes):
    beta = scipy.stats.beta.ppf
    assert certain_share(1.0, eyes) == pytest.approx([beta(0.025, eyes, 1), 1])
    assert certain_share(0.0, eyes) == pytest.approx([0, beta(0.975, 1, eyes)])


@pytest.mark.parametrize(
    ("field", "value"), [("samples", 0), ("seed", -1), ("confidence", 1.0)]
)
def test_values_out_of_range_are_refused(field, value):
    with pytest.raises(UserError, match=f"^{field}: "):
        Bootstrap(**{field: value})
