import pytest

from dmtdr_tf.labels import LESIONS
from dmtdr_tf.parity.checks import Check, checks
from dmtdr_tf.parity.limits import LIMITS, Limits, kind_of


def figures(**changes):
    """Figures that keep every limit, with changes to some."""
    given = {
        "psnr_loss": 0.0,
        "psnr_to_keras": 100.0,
        "loss": 0.0,
        "correlation": 1.0,
        "difference": 0.0,
        "grades_kept": 1.0,
        "not_finite": {},
        **changes,
    }
    outputs = {
        name: {"max_difference": given["difference"]}
        for name in ("super_resolution", "lesions", "grade", "evidence")
    }
    outputs["super_resolution"] |= {
        "psnr": {"loss": given["psnr_loss"]},
        "psnr_to_keras": {"min": given["psnr_to_keras"]},
    }
    outputs["lesions"]["by_lesion"] = {
        lesion: {"average_precision": {"loss": given["loss"]}}
        for lesion in LESIONS
    }
    outputs["evidence"]["correlation"] = {"mean": given["correlation"]}
    return {
        "outputs": outputs,
        "grades_kept": given["grades_kept"],
        "not_finite": given["not_finite"],
    }


def broken(kind, **changes):
    found = checks(figures(**changes), LIMITS[kind])
    return [check.measure for check in found if check.failed]


@pytest.mark.parametrize("kind", LIMITS)
def test_perfect_parity_breaks_nothing(kind):
    assert not broken(kind)


@pytest.mark.parametrize(
    ("kind", "change", "measure"),
    [
        ("float32", {"difference": 1.1e-3}, "grade: largest difference"),
        ("float32", {"grades_kept": 0.999}, "share of grades kept"),
        ("quantized", {"grades_kept": 0.94}, "share of grades kept"),
        ("quantized", {"psnr_loss": 1.01}, "super_resolution: PSNR lost (dB)"),
        ("quantized", {"loss": 0.06}, "SE: average precision lost"),
        ("quantized", {"correlation": 0.8}, "evidence: mean correlation"),
        ("float16", {"correlation": 0.98}, "evidence: mean correlation"),
    ],
)
def test_each_limit_is_kept_on_one_side_only(kind, change, measure):
    assert measure in broken(kind, **change)


def test_what_the_issue_allows_is_allowed():
    assert not broken("float32", difference=1e-3)
    assert not broken(
        "quantized", difference=9.0, grades_kept=0.95, psnr_loss=1.0
    )


def test_nan_breaks_whatever_the_limits_are():
    found = checks(figures(not_finite={"lesions": 2}), Limits())
    assert [(check.value, check.failed) for check in found] == [(2, True)]


def test_what_was_not_measured_breaks_nothing_and_is_told():
    check = Check("PSNR lost", None, 1.0)
    assert not check.failed
    assert "not measured" in str(check)


def test_a_broken_limit_names_measure_value_and_limit():
    check = Check("share of grades kept", 0.875, 0.95, least=True)
    assert check.failed
    assert (
        str(check) == "share of grades kept is 0.875, at least 0.95 is allowed"
    )


def test_limits_of_the_command_line_come_first():
    changed = LIMITS["quantized"].changed(Limits(psnr_loss=2.0))
    assert changed.psnr_loss == 2.0
    assert changed.grades_kept == 0.95


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("export/saved_model", "float32"),
        ("int8/model.onnx", "float32"),
        ("model_float16.tflite", "float16"),
        ("model_INT8.tflite", "quantized"),
        ("dynamic_range.tflite", "quantized"),
    ],
)
def test_the_name_tells_the_kind(path, kind):
    assert kind_of(path) == kind
