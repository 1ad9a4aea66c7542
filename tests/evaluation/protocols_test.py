import json

import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.evaluation import evaluate, table
from dmtdr_tf.files.errors import UserError

COUNT, SIDE, SCALE = 5, 32, 2


def _dataset(annotated=True):
    """Random photographs; the first is not graded, the last not annotated."""
    rng = np.random.default_rng(0)
    order = np.arange(COUNT)
    lesions = rng.random((COUNT, SIDE, SIDE, 4)) < 0.1
    batch = {
        "low_res": rng.random((COUNT, SIDE // SCALE, SIDE // SCALE, 3)),
        "high_res": rng.random((COUNT, SIDE, SIDE, 3)),
        "lesions": lesions,
        "has_lesions": annotated * (order < COUNT - 1),
        "has_grade": annotated * (order > 0),
    }
    batch = {name: value.astype("float32") for name, value in batch.items()}
    batch["grade"] = np.where(order > 0, order % 5, -1).astype("int32")
    return tf.data.Dataset.from_tensor_slices(batch)


class Oracle:
    """Answers with the truth of each batch, which it is shown beforehand."""

    def __init__(self, dataset, batch_size):
        self._batches = iter(dataset.batch(batch_size))

    def __call__(self, low_res):
        batch = next(self._batches)
        np.testing.assert_array_equal(low_res, batch["low_res"])
        return {
            "super_resolution": batch["high_res"],
            "lesions": batch["lesions"],
            "grade": 9.0 * tf.one_hot(batch["grade"], 5),
        }


@pytest.mark.parametrize("batch_size", [1, 2])
def test_the_truth_gets_every_best_figure(batch_size):
    dataset = _dataset()
    seen: list[int] = []
    figures = evaluate(
        Oracle(dataset, batch_size),
        dataset.batch(batch_size),
        progress=seen.append,
    )
    assert seen[-1] == COUNT
    grading = figures["grading"]
    assert grading["photographs"] == COUNT - 1
    for name in ("accuracy", "f1", "kappa", "quadratic_kappa"):
        assert grading[name] == pytest.approx(1.0)
    assert grading["referable_auc"] == 1.0
    assert figures["super_resolution"]["psnr"] == 100.0
    assert figures["super_resolution"]["ssim"] == pytest.approx(1.0, abs=1e-5)
    assert figures["super_resolution"]["bicubic"]["psnr"] < 20
    for lesion in ("MA", "HM", "SE", "HE", "mean"):
        precision = figures["lesions"][lesion]["average_precision"]
        assert precision["pooled"] == precision["per_image"] == 1.0
    assert figures["lesions"]["MA"]["photographs"] == COUNT - 1


def test_figures_do_not_depend_on_the_batch_size():
    dataset = _dataset()

    def predict(low_res):
        size = (SIDE, SIDE)
        enlarged = tf.image.resize(low_res, size, method="bicubic")
        return {
            "super_resolution": enlarged,
            "lesions": tf.clip_by_value(tf.tile(enlarged, (1, 1, 1, 2)), 0, 1)[
                ..., :4
            ],
            "grade": tf.reduce_mean(low_res, (1, 2))[:, :1] * tf.range(5.0),
        }

    one, three = (evaluate(predict, dataset.batch(n)) for n in (1, 3))
    assert one["lesions"] == three["lesions"]
    assert one["grading"] == three["grading"]
    restored = one["super_resolution"]
    assert restored["psnr"] == pytest.approx(restored["bicubic"]["psnr"])
    assert restored["psnr"] == pytest.approx(three["super_resolution"]["psnr"])


def test_without_labels_json_is_strict_and_the_table_has_dashes():
    dataset = _dataset(annotated=False)
    figures = evaluate(Oracle(dataset, 1), dataset.batch(1))
    json.dumps(figures, allow_nan=False)
    text = table(figures)
    assert "Grading (not annotated)" in text
    assert "Lesions (not annotated)" in text
    assert "nan" not in text


def test_table_shows_each_figure_beside_its_baseline():
    dataset = _dataset()
    figures = evaluate(Oracle(dataset, 1), dataset.batch(1))
    rows = {
        line[2:36].strip(): line[36:].split()
        for line in table(figures).splitlines()
        if line.startswith("  ")
    }
    bicubic = figures["super_resolution"]["bicubic"]["psnr"]
    assert rows["PSNR (dB)"] == ["100.0000", f"{bicubic:.4f}"]
    prevalence = figures["lesions"]["SE"]["prevalence"]["pooled"]
    assert rows["SE average precision, pooled"] == [
        "1.0000",
        f"{prevalence:.4f}",
    ]
    assert rows["accuracy"] == ["1.0000", "0.2500"]


def test_an_answer_that_is_not_finite_is_refused():
    dataset = _dataset()
    truth = Oracle(dataset, 1)

    def predict(low_res):
        answer = truth(low_res)
        return {**answer, "lesions": answer["lesions"] * np.nan}

    with pytest.raises(UserError, match="lesions: .* not finite"):
        evaluate(predict, dataset.batch(1))
