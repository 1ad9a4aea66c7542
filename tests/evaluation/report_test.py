import pytest

from dmtdr_tf.evaluation.report import table
from dmtdr_tf.labels import LESIONS

GRADING = ("accuracy", "precision", "f1", "kappa", "quadratic_kappa")


def _lesion(number, bound):
    figure = {"pooled": number, "per_image": None, "pooled_error_bound": bound}
    return {
        "photographs": 1,
        "average_precision": figure,
        "auc": {**figure, "pooled": number + 0.5, "pooled_error_bound": None},
        "prevalence": {"pooled": number / 10, "per_image": 0.0},
    }


@pytest.fixture
def figures():
    """Figures that are all different, so that a swapped one is seen."""
    lesions = {
        name: _lesion(0.1 * i, 1e-4 * i)
        for i, name in enumerate((*LESIONS, "mean"), start=1)
    }
    return {
        "grading": {
            "photographs": 12,
            "majority": {"grade": 2, **dict.fromkeys(GRADING, 0.25)},
            **{name: 0.5 + 0.01 * i for i, name in enumerate(GRADING)},
            "referable_auc": 0.91,
            "referable_sensitivity": None,
            "referable_specificity": 0.81,
            "calibration_error": 0.07,
        },
        "super_resolution": {
            "photographs": 2,
            "psnr": 31.23456,
            "ssim": 0.9,
            "bicubic": {"psnr": 28.5, "ssim": 0.8},
        },
        "lesions": lesions,
    }


def _rows(text):
    return {
        line[2:36].strip(): line[36:].split()
        for line in text.splitlines()
        if line.startswith("  ")
    }


def test_every_figure_is_in_its_own_row(figures):
    rows = _rows(table(figures))
    assert rows["accuracy"] == ["0.5000", "0.2500"]
    assert rows["quadratic kappa"] == ["0.5400", "0.2500"]
    assert rows["referable (2-4): AUC"] == ["0.9100", "0.5000"]
    assert rows["sensitivity"] == ["-"]
    assert rows["specificity"] == ["0.8100"]
    assert rows["PSNR (dB)"] == ["31.2346", "28.5000"]
    assert rows["SSIM"] == ["0.9000", "0.8000"]
    for i, name in enumerate((*LESIONS, "mean"), start=1):
        precision = rows[f"{name} average precision, pooled"]
        assert precision == [f"{i / 10:.4f}", f"{i / 100:.4f}"]
        assert rows[f"{name} AUC, pooled"] == [f"{i / 10 + 0.5:.4f}", "0.5000"]
        assert rows[f"{name} average precision, per_image"] == ["-", "0.0000"]


def test_titles_count_photographs_and_name_the_majority(figures):
    text = table(figures)
    assert "Grading (12 photographs)" in text
    assert "Super-resolution (2 photographs)" in text
    assert "Lesions (1 photograph)" in text
    assert "all 2" in text


def test_the_bound_is_the_largest_of_the_four_lesions(figures):
    # The mean, the fifth, is computed from the others and has no say.
    last = table(figures).splitlines()[-1]
    assert last == "Pooled lesion figures are within 4.0e-04 of exact."


def test_columns_are_aligned(figures):
    rows = [x for x in table(figures).splitlines() if x.startswith("  ")]
    assert {len(row) for row in rows} == {2 + 34 + 9 + 13}
