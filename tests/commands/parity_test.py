import dataclasses
import json

import cv2
import numpy as np
import pytest

from dmtdr_tf.commands import parity as command
from dmtdr_tf.commands.parity import Arguments
from dmtdr_tf.config import DataConfig, QualityConfig, presets
from dmtdr_tf.config import file as config_file
from dmtdr_tf.exporting.saved_model.writer import export_saved_model
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.parity import comparison, photograph_source
from dmtdr_tf.parity.cost import Cost
from dmtdr_tf.parity.limits import Limits
from dmtdr_tf.training.workdir import Workdir


@pytest.fixture(scope="module")
def trained(tiny, dots_dir, tmp_path_factory):
    """A workdir with a model of random weights, and its SavedModel."""
    workdir = Workdir(tmp_path_factory.mktemp("run"))
    base = presets.preset("demo")
    config = dataclasses.replace(
        base,
        # A drawn disc has nothing sharp in it.
        quality=QualityConfig(gate=False),
        model=tiny,
        data=DataConfig(high_res_size=64),
        run=dataclasses.replace(
            base.run, dataset="dots", data_dir=str(dots_dir)
        ),
    )
    config_file.save(config, workdir.config_file)
    model = DeepMTDR(tiny)
    workdir.phase("grading").mkdir()
    model.save_weights(workdir.best("grading"))
    (workdir.phase("grading") / "finished").touch()
    export_saved_model(model, workdir.path / "saved", config)
    return workdir


@pytest.fixture
def arguments(trained, tmp_path, monkeypatch):
    def measure(path, threads, low_res):
        assert low_res.shape == (1, 16, 16, 3)
        return Cost(threads, 0.1, 0.2, 0.3, 0.4, 5, 100.0, 200.0)

    # Tested by itself; it starts a process each time.
    monkeypatch.setattr(comparison, "measure_cost", measure)
    return {
        "exports": (str(trained.path / "saved"),),
        "workdir": str(trained.path),
        "output": str(tmp_path / "report"),
    }


def read(tmp_path):
    return json.loads((tmp_path / "report" / "parity.json").read_text())


def test_a_saved_model_is_its_keras_model(arguments, tmp_path, capsys):
    command.run(Arguments(**arguments, photographs=2))
    report = read(tmp_path)
    (export,) = report["exports"]
    assert export["name"] == "saved"
    assert export["kind"] == "float32"
    assert export["grades_kept"] == 1.0
    names = [row["photograph"] for row in export["photographs"]]
    assert names == ["dots validation 0", "dots validation 1"]
    for output in export["outputs"].values():
        assert output["max_difference"] < 1e-5
    assert [c["threads"] for c in export["cost"]] == [1, 2]
    assert report["keras"]["cost"][0]["median_seconds"] == 0.3
    assert report["provenance"]["dataset"] == "dots"
    assert (tmp_path / "report" / "parity.html").exists()
    assert "parity.html" in capsys.readouterr().out


def test_without_timings_nothing_is_timed(arguments, tmp_path):
    command.run(Arguments(**arguments, photographs=1, timings=False))
    report = read(tmp_path)
    assert report["exports"][0]["cost"] == report["keras"]["cost"] == []
    page = (tmp_path / "report" / "parity.html").read_text()
    assert 'id="cost"' not in page
    assert "Timed on" not in page


@pytest.mark.parametrize("kind", ["quantized", "quantised"])
def test_both_spellings_of_a_kind_are_accepted(arguments, tmp_path, kind):
    given = {**arguments, "photographs": 1, "timings": False}
    command.run(Arguments(**given, kind=kind))
    assert read(tmp_path)["exports"][0]["kind"] == "quantized"


def test_a_broken_limit_fails_and_leaves_the_report(arguments, tmp_path):
    strict = Limits(psnr_to_keras=101.0, grades_kept=float("-inf"))
    message = r"^saved: .*worst photograph.* is 100, at least 101 is allowed$"
    with pytest.raises(UserError, match=message):
        command.run(Arguments(**arguments, photographs=1, limits=strict))
    (export,) = read(tmp_path)["exports"]
    checks = {c["measure"]: c["failed"] for c in export["checks"]}
    assert sum(checks.values()) == 1
    # Infinity lifts a limit.
    assert "share of grades kept" not in checks
    assert (tmp_path / "report" / "parity.html").exists()


def test_files_of_one_s_own(arguments, tmp_path):
    # A disc on black: a field of view of 100 pixels, and one of 40.
    files = []
    for side in (100, 40):
        picture = np.zeros((side + 20, side + 20, 3), np.uint8)
        centre = (side + 20) // 2
        cv2.circle(picture, (centre, centre), side // 2, (40, 90, 200), -1)
        files.append(str(tmp_path / f"{side}.png"))
        cv2.imwrite(files[-1], picture)
    command.run(Arguments(**arguments, files=tuple(files)))
    report = read(tmp_path)
    assert report["provenance"]["files"] == 2
    large, small = report["exports"][0]["photographs"]
    assert (large["photograph"], small["photograph"]) == tuple(files)
    # Only the large one has a high-resolution original.
    assert "psnr" in large
    assert "psnr" not in small


def test_an_export_of_another_size_is_one_line(arguments, trained, tmp_path):
    config = trained.config
    other = tmp_path / "other"
    config_file.save(
        dataclasses.replace(config, data=DataConfig(high_res_size=32)),
        Workdir(other).config_file,
    )
    for name in ("best.weights.h5", "finished"):
        (other / "grading").mkdir(exist_ok=True)
        (other / "grading" / name).write_bytes(
            (trained.phase("grading") / name).read_bytes()
        )
    given = {**arguments, "workdir": str(other)}
    with pytest.raises(UserError, match="saved: cannot run a photograph of 8"):
        command.run(Arguments(**given, photographs=1))


def test_refuses_what_is_not_there(arguments, tmp_path):
    with pytest.raises(UserError, match="at least one export"):
        Arguments(exports=())
    with pytest.raises(UserError, match="photographs: must be at least 1"):
        Arguments(**arguments, photographs=0)
    with pytest.raises(UserError, match="kind: .*not 'float8'"):
        Arguments(**arguments, kind="float8")
    missing = {**arguments, "exports": (str(tmp_path / "no.onnx"),)}
    with pytest.raises(UserError, match="no.onnx: no such file"):
        command.run(Arguments(**missing))


def test_a_split_without_photographs_is_one_line(arguments, monkeypatch):
    monkeypatch.setattr(
        photograph_source,
        "_annotated",
        lambda config, split: np.zeros(0, bool),
    )
    with pytest.raises(UserError, match="dots has no photograph in 'test'"):
        command.run(Arguments(**arguments, split="test"))
