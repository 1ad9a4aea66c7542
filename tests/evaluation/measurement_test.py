"""Resamples against the same figures of photographs that are repeated."""

import dataclasses

import numpy as np
import pytest

from dmtdr_tf.data.identities import Identities
from dmtdr_tf.evaluation import Bootstrap, evaluate, table
from dmtdr_tf.evaluation.measurement import Measurement, figure_at
from dmtdr_tf.evaluation.protocols import measure

COUNT, SIDE, SCALE = 9, 64, 2


@pytest.fixture(scope="module")
def data():
    """Photographs of six eyes; not all are graded or annotated."""
    rng = np.random.default_rng(0)
    order = np.arange(COUNT)
    masks = rng.random((COUNT, SIDE, SIDE, 4)) < 0.05
    masks[order % 2 == 0, ..., 2] = False
    grade = np.where(order % 4 == 1, -1, order % 5)
    high_res = rng.random((COUNT, SIDE, SIDE, 3))
    scores = 1 / (1 + np.exp(2 - 3 * masks - rng.normal(size=masks.shape)))
    batch = {
        "low_res": rng.random((COUNT, SIDE // SCALE, SIDE // SCALE, 3)),
        "high_res": high_res,
        "lesions": masks,
        "has_lesions": order % 3 > 0,
        "has_grade": grade >= 0,
    }
    outputs = {
        "super_resolution": np.clip(high_res + rng.normal(0, 0.1, 3), 0, 1),
        "lesions": scores,
        "grade": rng.normal(size=(COUNT, 5)) + 2 * np.eye(5)[grade],
    }
    batch = {name: value.astype("float32") for name, value in batch.items()}
    outputs = {k: value.astype("float32") for k, value in outputs.items()}
    return {**batch, "grade": grade.astype("int32")}, outputs


def _segment(photographs):
    """A segmenter that marks what is dark."""
    dark = 1.0 - np.asarray(photographs).mean(axis=-1, keepdims=True)
    return np.repeat(dark, 4, axis=-1) * [0.6, 0.65, 0.7, 0.75]


def _measure(data, photographs):
    batch, outputs = (
        {name: value[photographs] for name, value in part.items()}
        for part in data
    )
    return measure(lambda _: outputs, [batch], segment=_segment)


@pytest.fixture(scope="module")
def measurement(data):
    return _measure(data, np.arange(COUNT))


def test_a_resample_is_an_evaluation_of_repeated_photographs(data, measurement):
    rng = np.random.default_rng(1)
    weights = rng.multinomial(COUNT, np.full(COUNT, 1 / COUNT), 4)
    samples = measurement.resample(weights)
    assert len(samples) > 100
    for number, row in enumerate(weights):
        repeated = _measure(data, np.repeat(np.arange(COUNT), row)).figures()
        for path, values in samples.items():
            # The mean of the lesions needs all that occur at all.
            expected = figure_at(repeated, path)
            if expected is None or np.isnan(values[number]):
                assert expected is None or path[:2] == ("lesions", "mean")
                continue
            # Pooled figures of resamples have coarser bins.
            tolerance = 4e-3 if path[-1] == "pooled" else 1e-5
            assert values[number] == pytest.approx(expected, abs=tolerance), (
                path
            )


def test_weights_of_one_give_the_figures_themselves(measurement):
    figures = measurement.figures()
    for path, (value,) in measurement.resample(np.ones((1, COUNT))).items():
        expected = figure_at(figures, path)
        if expected is None:
            assert np.isnan(value), path
        else:
            tolerance = 2e-3 if path[-1] == "pooled" else 1e-6
            assert value == pytest.approx(expected, abs=tolerance), path


def test_intervals_equal_a_bootstrap_by_brute_force(data, measurement):
    groups = np.array([0, 0, 1, 2, 2, 3, 4, 5, 5])
    bootstrap = Bootstrap(samples=60, seed=5)
    intervals = measurement.intervals(groups, bootstrap)
    (weights,) = bootstrap.weights(groups)
    kappas, gains = [], []
    for row in weights.astype(int):
        figures = _measure(data, np.repeat(np.arange(COUNT), row)).figures()
        kappas.append(figures["grading"]["quadratic_kappa"])
        gains.append(figures["super_resolution"]["psnr"])
    ends = np.quantile(kappas, [0.025, 0.975])
    assert intervals["grading"]["quadratic_kappa"] == pytest.approx(list(ends))
    ends = np.quantile(gains, [0.025, 0.975])
    assert intervals["super_resolution"]["psnr"] == pytest.approx(list(ends))


def test_a_recall_of_none_or_all_is_not_certain():
    measurement = Measurement()
    logits = 5 * np.eye(5)[[0, 0, 0, 0, 2, 2]]
    measurement.grading.update([0, 0, 0, 1, 1, 1], np.ones(6), logits)
    path = ("recall", "0", "recall")
    groups = np.arange(6)
    samples = {
        ("grading", *name): values
        for name, values in measurement.grading.resample(
            np.ones((3, 6))
        ).items()
    }
    measurement.resample = lambda _: samples
    bootstrap = Bootstrap(samples=1)
    certain = measurement.intervals(groups, bootstrap)["grading"]
    assert figure_at(certain, path) == pytest.approx([0.025 ** (1 / 3), 1.0])
    none = figure_at(certain, ("recall", "1", "recall"))
    assert none == pytest.approx([0.0, 1 - 0.025 ** (1 / 3)])
    # Both photographs of grade 0 are now of one eye.
    certain = measurement.intervals(np.array([0, 0, 0, 1, 2, 3]), bootstrap)
    assert figure_at(certain["grading"], path) == pytest.approx([0.025, 1.0])


def test_the_table_has_intervals_and_says_how_they_were_computed(data):
    batch, outputs = data
    groups = np.array([0, 0, 1, 2, 2, 3, 4, 5, 5])
    names = tuple(map(str, range(COUNT)))
    figures = evaluate(
        lambda _: outputs,
        [batch],
        segment=_segment,
        bootstrap=Bootstrap(samples=40),
        identities=Identities(names, groups, "eye"),
    )
    text = table(figures)
    low, high = figures["intervals"]["grading"]["accuracy"]
    (line,) = [x for x in text.splitlines() if x.startswith("  accuracy")]
    assert line.split()[2:5] == [f"{low:.4f}", "to", f"{high:.4f}"]
    assert "95 % interval" in text
    assert "Intervals: 40 resamples of 6 eyes (seed 0)" in text
    assert "recall of grade 2 (" in text
    assert "sensitivity (from 0.50 on)" in text
    assert text.splitlines()[-1].startswith("Pooled lesion figures are within")
    rows = [x for x in text.splitlines() if x.startswith("  ")]
    assert {len(row) for row in rows} == {2 + 34 + 9 + 21 + 13}


def test_a_calibrated_model_refers_from_its_threshold_on(data, calibration):
    batch, outputs = data
    known = batch["has_grade"] > 0
    ill = batch["grade"][known] >= 2
    for point in (0.2, 0.9):
        calibrated = dataclasses.replace(
            calibration, temperature=2.0, referral_threshold=point
        )
        odds = np.exp(outputs["grade"][known].astype(float) / 2)
        score = odds[:, 2:].sum(1) / odds.sum(1)
        figures = evaluate(lambda _: outputs, [batch], calibration=calibrated)
        ours = figures["grading"]
        assert ours["referable_threshold"] == point
        assert ours["referable_sensitivity"] == np.mean(score[ill] >= point)
        assert ours["referable_specificity"] == np.mean(score[~ill] < point)
