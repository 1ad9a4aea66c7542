import json

import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.parity import report
from dmtdr_tf.parity.checks import Check


def _check(text, failed):
    return {"text": text, "failed": failed}


def test_only_broken_limits_are_named_with_their_export():
    exports = [
        {"name": "a", "checks": [_check("x", True), _check("y", False)]},
        {"name": "b", "checks": [_check("z", False)]},
        {"name": "c", "checks": [_check("w", True)]},
    ]
    with pytest.raises(UserError) as caught:
        report.check_limits({"exports": exports})
    assert str(caught.value) == "a: x; c: w"
    report.check_limits({"exports": exports[1:2]})


@pytest.mark.parametrize("least", [True, False])
def test_a_limit_is_allowed_itself_and_nan_breaks_it(least):
    outside = 0.4 if least else 0.6
    results = {
        value: Check("m", value, 0.5, least).failed
        for value in (0.5, 1.0 - outside, outside)
    }
    assert results == {0.5: False, 1.0 - outside: False, outside: True}
    assert Check("m", float("nan"), 0.5, least).failed


def test_a_file_s_report_lies_beside_it_and_a_folder_s_inside(tmp_path):
    (tmp_path / "model.onnx").touch()
    assert report.report_folder(tmp_path / "model.onnx") == tmp_path
    assert report.report_folder(str(tmp_path)) == tmp_path


def test_both_files_hold_the_same_report(tmp_path):
    written = {}
    figures = {"exports": [{"name": "ä", "value": 0.1}]}
    report.write_report(tmp_path / "a" / "b", figures, written.__setitem__)
    text = (tmp_path / "a" / "b" / "parity.json").read_text()
    assert json.loads(text) == figures
    assert written == {tmp_path / "a" / "b" / "parity.html": figures}


def test_a_report_that_cannot_be_written_names_the_output(tmp_path):
    (tmp_path / "file").touch()

    def full(path, _):
        raise OSError(28, "No space left on device", path)

    for folder, reason in (
        (tmp_path / "file", "File exists"),
        (tmp_path / "new", "No space left on device"),
    ):
        with pytest.raises(UserError, match=reason) as caught:
            report.write_report(folder, {}, full)
        assert caught.value.argument == "output"


def test_strict_json_has_no_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        report.write_report(tmp_path, {"x": float("nan")}, lambda *_: None)
    assert not list(tmp_path.iterdir())
