import json

import numpy as np
import pytest
import sklearn.metrics

from dmtdr_tf.evaluation.lesions import LesionFigures


def _batch(photographs=4, side=48):
    """Lesion 0 everywhere, 1 in the first two, 2 nowhere, 3 in the last."""
    rng = np.random.default_rng(0)
    masks = rng.random((photographs, side, side, 4)) < 0.05
    masks[2:, ..., 1] = masks[..., 2] = masks[:-1, ..., 3] = False
    scores = 1 / (1 + np.exp(4 - 3 * masks - rng.normal(size=masks.shape)))
    return masks.astype("float32"), scores.astype("float32")


def _by_scikit_learn(masks, scores, kind):
    average_precision = sklearn.metrics.average_precision_score
    pooled = masks[..., kind].ravel(), scores[..., kind].ravel()
    images = [
        (mask.ravel(), score.ravel())
        for mask, score in zip(masks[..., kind], scores[..., kind], strict=True)
        if mask.any()
    ]
    return {
        "pooled": average_precision(*pooled),
        "per_image": np.mean([average_precision(*pair) for pair in images]),
        "auc": sklearn.metrics.roc_auc_score(*pooled),
        "auc_per_image": np.mean(
            [sklearn.metrics.roc_auc_score(*pair) for pair in images]
        ),
        "prevalence": np.mean([mask.mean() for mask, _ in images]),
    }


def test_equals_scikit_learn():
    masks, scores = _batch()
    figures = LesionFigures()
    figures.update(masks[:3], np.ones(3), scores[:3])
    figures.update(masks[3:], np.ones(1), scores[3:])
    result = figures.result()
    for kind, lesion in ((0, "MA"), (1, "HM"), (3, "HE")):
        ours, expected = result[lesion], _by_scikit_learn(masks, scores, kind)
        precision, auc = ours["average_precision"], ours["auc"]
        bound = precision["pooled_error_bound"]
        assert abs(precision["pooled"] - expected["pooled"]) <= bound < 5e-3
        bound = auc["pooled_error_bound"]
        assert abs(auc["pooled"] - expected["auc"]) <= bound < 5e-3
        assert precision["per_image"] == pytest.approx(expected["per_image"])
        assert auc["per_image"] == pytest.approx(expected["auc_per_image"])
        prevalence = ours["prevalence"]
        assert prevalence["per_image"] == pytest.approx(expected["prevalence"])
        assert prevalence["pooled"] == pytest.approx(masks[..., kind].mean())
    assert result["HM"]["photographs"] == 4
    assert result["HM"]["photographs_with_lesion"] == 2


def test_mean_is_over_the_lesions_that_occur():
    masks, scores = _batch()
    figures = LesionFigures()
    figures.update(masks, np.ones(4), scores)
    result = figures.result()
    assert result["SE"]["average_precision"]["pooled"] is None
    assert result["SE"]["auc"]["per_image"] is None
    assert result["SE"]["prevalence"] == {"pooled": 0.0, "per_image": None}
    for protocol in ("pooled", "per_image"):
        values = [
            result[lesion]["average_precision"][protocol]
            for lesion in ("MA", "HM", "HE")
        ]
        mean = result["mean"]["average_precision"][protocol]
        assert mean == pytest.approx(np.mean(values))
    json.dumps(result, allow_nan=False)


def test_photographs_without_annotation_are_left_out():
    masks, scores = _batch()
    masked, alone = LesionFigures(), LesionFigures()
    masked.update(masks, [0.0, 1.0, 0.0, 1.0], scores)
    alone.update(masks[1::2], [1.0, 1.0], scores[1::2])
    assert masked.result() == alone.result()
    assert masked.result()["MA"]["photographs"] == 2


def test_constant_answer_has_the_prevalence_as_precision():
    masks, _ = _batch()
    figures = LesionFigures()
    figures.update(masks, np.ones(4), np.zeros_like(masks))
    ours = figures.result()["MA"]
    precision, prevalence = ours["average_precision"], ours["prevalence"]
    assert precision["pooled"] == pytest.approx(prevalence["pooled"])
    assert precision["pooled_error_bound"] == 0.0
    assert precision["per_image"] == pytest.approx(prevalence["per_image"])
    assert ours["auc"]["pooled"] == 0.5


def test_nothing_annotated_is_null():
    masks, scores = _batch(1)
    figures = LesionFigures()
    figures.update(masks, [0.0], scores)
    result = figures.result()
    for lesion in ("MA", "HM", "SE", "HE"):
        ours = result[lesion]
        assert ours["photographs"] == 0
        for figure in ("average_precision", "auc", "prevalence"):
            assert set(ours[figure].values()) == {None}
    assert set(result["mean"]["average_precision"].values()) == {None}
