import dataclasses
import json

import pytest

from dmtdr_tf.calibration import (
    read_calibration,
    run_calibration,
    why_uncalibrated,
    write_calibration,
)
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.files.checksum import file_sha256
from dmtdr_tf.files.errors import UserError


@pytest.fixture
def run(tmp_path):
    """A run with both stages finished, of other weights each."""
    folder = RunFolder(tmp_path / "run")
    for phase in ("grading", "joint"):
        folder.phase(phase).mkdir(parents=True)
        folder.best(phase).write_text(phase)
        (folder.phase(phase) / "finished").touch()
    return folder


def of(run, phase, calibration):
    digest = file_sha256(run.best(phase))
    return dataclasses.replace(calibration, weights_sha256=digest)


def test_what_is_written_is_read(calibration, tmp_path):
    path = tmp_path / "calibration.json"
    without_set = {
        field.name: None
        for field in dataclasses.fields(calibration)
        if field.default is None
    }
    for one in (calibration, dataclasses.replace(calibration, **without_set)):
        write_calibration(path, one)
        assert read_calibration(path) == one
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_run_s_calibration_is_of_its_weights(run, calibration):
    assert run_calibration(run) is None
    assert why_uncalibrated(run) == (
        f"not calibrated: `dmtdr calibrate --workdir {run.path}`"
    )
    expected = of(run, "joint", calibration)
    write_calibration(run.calibration_file, expected)
    assert run_calibration(run) == run_calibration(run, 2) == expected
    assert why_uncalibrated(run) == ""
    assert run_calibration(run, 1) is None
    reason = why_uncalibrated(run, 1)
    assert "belongs to other weights and is not used" in reason
    assert reason.endswith("--stage 1`")
    # Weights that were trained on are others.
    run.best("joint").write_text("further")
    assert run_calibration(run) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "of version 2, which needs a newer dmtdr_tf"),
        ({"version": "1"}, "not a calibration: version is '1'"),
        ({"version": True}, "version must be of the type int"),
        ({"temperature": 0}, "temperature must be in"),
        ({"temperature": "1"}, "temperature must be of the type float"),
        ({"referral_threshold": 1.5}, "referral_threshold must be in"),
        ({"least_probability": -0.1}, "least_probability must be in"),
        ({"mean_set_size": 9}, "mean_set_size must be in"),
        ({"least_probability": None}, "least_probability is missing"),
        ({"photographs": 45}, "referable_photographs must be above 0"),
        ({"stage": 1.5}, "stage must be of the type int or null"),
        ({"color": 1}, "unknown field 'color'"),
    ],
)
def test_a_damaged_file_is_one_line(calibration, tmp_path, change, message):
    path = tmp_path / "calibration.json"
    values = dataclasses.asdict(calibration) | change
    path.write_text(json.dumps(values))
    with pytest.raises(UserError) as caught:
        read_calibration(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "dmtdr calibrate" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b'{"version": 1}', b"{}"]
)
def test_what_is_no_calibration_is_one_line(tmp_path, content):
    path = tmp_path / "calibration.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"calibration\.json: ") as caught:
        read_calibration(path)
    assert "\n" not in str(caught.value)


def test_a_folder_in_its_place_is_one_line(run):
    run.calibration_file.mkdir()
    with pytest.raises(UserError, match="not a file"):
        run_calibration(run)


def test_says_it_in_a_line(calibration):
    assert "sensitivity 0.91, specificity 0.81" in calibration.line
    assert "76 photographs of idrid (validation)" in calibration.line
    assert calibration.line.endswith("2.5 grades in a set")
