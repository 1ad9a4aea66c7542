import csv
import dataclasses
import errno
import html
import json
import pathlib

import cv2
import keras
import numpy as np
import pytest
import tyro

from dmtdr_tf.calibration import write_calibration
from dmtdr_tf.commands import predict as command
from dmtdr_tf.commands.predict import Arguments
from dmtdr_tf.config import DataConfig, presets
from dmtdr_tf.config import file as config_file
from dmtdr_tf.exporting.saved_model.warm_up import draw_eye
from dmtdr_tf.files.checksum import file_sha256
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import LESIONS
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.prediction import result_folder
from dmtdr_tf.prediction.result_folder import RESULT_FILES
from dmtdr_tf.training.workdir import Workdir


@pytest.fixture(scope="module")
def model(tiny):
    return DeepMTDR(tiny)


@pytest.fixture
def workdir(tmp_path, model, monkeypatch):
    """A run whose stage 1 is finished."""
    workdir = Workdir(tmp_path / "run")
    config = dataclasses.replace(
        presets.preset("demo"),
        model=model.config,
        data=DataConfig(high_res_size=64),
    )
    config_file.save(config, workdir.config_file)
    workdir.phase("grading").mkdir()
    (workdir.phase("grading") / "finished").touch()
    monkeypatch.setattr(
        DeepMTDR, "from_workdir", lambda path, stage=None: model
    )
    yield workdir
    keras.config.set_dtype_policy("float32")


@pytest.fixture
def photographs(tmp_path):
    """Two good ones of equal stem in two folders, and three bad ones."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    eye = draw_eye(120)[..., ::-1]
    picture = cv2.copyMakeBorder(eye, 0, 0, 20, 20, cv2.BORDER_CONSTANT)
    cv2.imwrite(str(folder / "eye.jpg"), picture)
    cv2.imwrite(str(folder / "more" / "Eye.PNG"), picture)
    content = (folder / "eye.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(content[: len(content) // 2])
    cv2.imwrite(str(folder / "dark.tif"), 0 * picture)
    (folder / "notes.txt").write_text("not taken")
    return folder


def arguments(workdir, *names, **options):
    output = str(workdir.path.parent / "out")
    options = {"workdir": str(workdir.path), "output": output} | options
    return Arguments(tuple(str(name) for name in names), **options)


def rows_of(output):
    with (output / "predictions.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_good_and_bad_photographs(workdir, photographs, tmp_path, capsys):
    names = (photographs, photographs / "more", photographs / "gone.png")
    with pytest.raises(UserError, match="3 of 5 photographs have no result"):
        command.run(arguments(workdir, *names))
    output = tmp_path / "out"
    rows = {pathlib.Path(row["file"]).name: row for row in rows_of(output)}
    assert list(rows) == [
        "cut.jpg",
        "dark.tif",
        "eye.jpg",
        "Eye.PNG",
        "gone.png",
    ]
    assert "cut short" in rows["cut.jpg"]["error"]
    assert "no field of view" in rows["dark.tif"]["error"]
    assert rows["gone.png"]["error"] == "no such file"
    captured = capsys.readouterr()
    for name in ("cut.jpg", "dark.tif", "gone.png"):
        assert rows[name]["status"] == "failed"
        (line,) = [s for s in captured.err.splitlines() if name in s]
        assert line == f"{rows[name]['file']}: {rows[name]['error']}"
    assert "[5/5]" not in captured.out
    assert "[3/5]" in captured.out
    # Equal names, told apart.
    assert rows["eye.jpg"]["folder"] == "eye"
    assert rows["Eye.PNG"]["folder"] == "Eye-2"
    for name in ("eye", "Eye-2"):
        files = {p.name for p in (output / name).iterdir()}
        assert files == set(RESULT_FILES)
    for name in ("lesions_MA.png", "evidence.png", "overlay.jpg"):
        assert cv2.imread(str(output / "eye" / name)).shape == (120, 160, 3)
    page = (output / "index.html").read_text(encoding="utf-8")
    assert page.count("<article") == 2
    assert "cut.jpg" in page
    assert not list(tmp_path.glob(".*"))


def test_a_photograph_too_poor_to_be_graded(workdir, photographs, tmp_path):
    blurred = photographs / "blurred.png"
    cv2.imwrite(
        str(blurred),
        cv2.GaussianBlur(cv2.imread(str(photographs / "eye.jpg")), (0, 0), 4),
    )
    names = (photographs / "eye.jpg", blurred)
    with pytest.raises(UserError, match="1 of 2 photographs have no result"):
        command.run(arguments(workdir, *names))
    good, poor = rows_of(tmp_path / "out")
    assert poor["status"] == "failed"
    # Why it was refused can be read from the table.
    assert 0 < float(poor["sharpness"]) < 0.43
    assert poor["grade"] == ""
    assert "cannot be graded, because it is blurred" in poor["error"]
    assert float(good["sharpness"]) > 0.43
    command.run(arguments(workdir, *names, quality_gate=False))
    assert [row["status"] for row in rows_of(tmp_path / "out")] == ["ok", "ok"]
    assert float(rows_of(tmp_path / "out")[1]["sharpness"]) < 0.43


def test_table_agrees_with_the_pictures(workdir, photographs, tmp_path):
    command.run(arguments(workdir, photographs / "eye.jpg", report=False))
    (row,) = rows_of(tmp_path / "out")
    probabilities = [float(row[f"p{grade}"]) for grade in range(5)]
    assert sum(probabilities) == pytest.approx(1, abs=1e-5)
    assert int(row["grade"]) == int(np.argmax(probabilities))
    assert float(row["referable_probability"]) == pytest.approx(
        sum(probabilities[2:]), abs=1e-5
    )
    mask = cv2.imread(str(tmp_path / "out" / "eye" / "lesions_SE.png"), 0)
    assert int(row["SE_pixels"]) == np.count_nonzero(mask)
    assert set(np.unique(mask)) <= {0, 255}
    restored = tmp_path / "out" / "eye" / "super_resolution.png"
    assert cv2.imread(str(restored)).shape == (64, 64, 3)
    assert not (tmp_path / "out" / "index.html").exists()


def test_all_bad_writes_nothing(workdir, photographs, tmp_path):
    names = (photographs / "cut.jpg", photographs / "dark.tif")
    with pytest.raises(UserError, match="none of the 2 photographs"):
        command.run(arguments(workdir, *names))
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".*"))


def test_replaces_its_own_output_only(workdir, photographs, tmp_path):
    given = arguments(workdir, photographs / "eye.jpg")
    command.run(given)
    command.run(dataclasses.replace(given, report=False))
    assert not (tmp_path / "out" / "index.html").exists()
    (tmp_path / "out" / "thesis.txt").touch()
    with pytest.raises(UserError, match=r"output: .*thesis\.txt"):
        command.run(given)
    assert (tmp_path / "out" / "eye").exists()


def test_unwritable_output_is_told_before_the_work(
    workdir, photographs, tmp_path, monkeypatch
):
    def never(*_):
        raise AssertionError("the work has begun")

    monkeypatch.setattr(DeepMTDR, "from_workdir", never)
    (tmp_path / "file").touch()
    for output in (tmp_path / "file", tmp_path / "file" / "out"):
        given = arguments(workdir, photographs / "eye.jpg", output=str(output))
        with pytest.raises(UserError, match="output: "):
            command.run(given)


def test_a_full_disk_names_the_output(
    workdir, photographs, tmp_path, monkeypatch
):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "x")

    monkeypatch.setattr(result_folder, "write_picture", full)
    output = tmp_path / "out"
    with pytest.raises(UserError) as caught:
        command.run(arguments(workdir, photographs / "eye.jpg"))
    assert str(caught.value) == (
        f"output: {output} cannot be written (No space left on device)"
    )
    assert not output.exists()


def test_command_line():
    given = tyro.cli(
        Arguments,
        args=["a.jpg", "b.png", "--workdir", "w", "--output", "o"],
    )
    assert given == Arguments(("a.jpg", "b.png"), workdir="w", output="o")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"photographs": ()}, "at least one photograph"),
        ({"lesion_threshold": 0.0}, "lesion_threshold: must be"),
        ({"lesion_threshold": 1.1}, "lesion_threshold: must be"),
    ],
)
def test_refuses_options_out_of_range(options, told):
    with pytest.raises(UserError, match=told):
        Arguments(**({"photographs": ("a.jpg",)} | options))


def test_says_first_what_the_model_was_trained_on(
    workdir, photographs, tmp_path, capsys
):
    table = tmp_path / "photographs.csv"
    table.write_text("photograph,patient,eye\nphotos/eye.jpg,P7,OD\n")
    command.run(arguments(workdir, photographs / "eye.jpg", table=str(table)))
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "Trained on drawn photographs, not for any use on patients."
    (row,) = rows_of(tmp_path / "out")
    assert (row["patient"], row["eye"]) == ("P7", "right")
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert first in page
    config = dataclasses.replace(
        workdir.config,
        run=dataclasses.replace(workdir.config.run, dataset="idrid"),
    )
    config_file.save(config, workdir.config_file)
    command.run(arguments(workdir, photographs / "eye.jpg"))
    assert "drawn" not in capsys.readouterr().out


def test_says_which_photographs_a_table_lacks(
    workdir, photographs, tmp_path, capsys
):
    table = tmp_path / "photographs.csv"
    table.write_text("photograph,patient\nphotos/eye.jpg,P7\n")
    names = (photographs / "eye.jpg", photographs / "more")
    command.run(arguments(workdir, *names, table=str(table)))
    err = capsys.readouterr().err
    assert "note: 1 of 2 photographs are not in" in err
    assert "Eye.PNG" in err
    table.write_text("photograph,patient\neye.jpg,P7\n")
    with pytest.raises(UserError, match="none of the photographs is in this"):
        command.run(arguments(workdir, *names, table=str(table)))


def test_says_which_lesions_the_model_cannot_find(
    workdir, photographs, tmp_path
):
    figures = {
        "average_precision": {"pooled": 0.5},
        "prevalence": {"pooled": 0},
    }
    poor = figures | {"average_precision": {"pooled": 0.01}}
    lesions = dict.fromkeys(LESIONS, figures) | {"SE": poor}
    evaluation = {"provenance": {"stage": 1}, "lesions": lesions}
    file = workdir.path / "evaluation.json"
    file.write_text(json.dumps(evaluation))
    command.run(arguments(workdir, photographs / "eye.jpg"))
    (row,) = rows_of(tmp_path / "out")
    words = "not reliably detected by this model"
    assert row["SE_percent"] == words
    assert float(row["HE_percent"]) >= 0
    assert words in (tmp_path / "out" / "index.html").read_text("utf-8")
    file.write_text("{")
    with pytest.raises(UserError, match="evaluation.json: not an evaluation"):
        command.run(arguments(workdir, photographs / "eye.jpg"))


def test_a_calibration_is_applied_and_its_absence_told_once(
    workdir, photographs, tmp_path, capsys, calibration
):
    command.run(arguments(workdir, photographs / "eye.jpg"))
    told = f"note: not calibrated: `dmtdr calibrate --workdir {workdir.path}`"
    assert capsys.readouterr().err.splitlines().count(told) == 1
    (before,) = rows_of(tmp_path / "out")
    assert (before["calibrated"], before["lowest_grade"]) == ("no", "")
    workdir.best("grading").write_bytes(b"weights")
    own = dataclasses.replace(
        calibration,
        weights_sha256=file_sha256(workdir.best("grading")),
        referral_threshold=0.0,
        least_probability=0.0,
    )
    write_calibration(workdir.calibration_file, own)
    command.run(arguments(workdir, photographs / "eye.jpg"))
    printed = capsys.readouterr()
    assert "not calibrated" not in printed.err
    assert ": referable, grade " in printed.out
    assert "(0 to 4)" in printed.out
    (after,) = rows_of(tmp_path / "out")
    assert after["referable"] == after["calibrated"] == "yes"
    assert (after["lowest_grade"], after["highest_grade"]) == ("0", "4")
    assert after["grade"] == before["grade"]
    assert after["HM_pixels"] == before["HM_pixels"]
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert own.line in html.unescape(page)


def test_a_damaged_calibration_is_told_before_anything_is_loaded(
    workdir, photographs
):
    workdir.calibration_file.write_text("{")
    given = arguments(workdir, photographs / "eye.jpg")
    for step in (command.check, command.run):
        with pytest.raises(UserError, match=r"calibration\.json: not a calib"):
            step(given)
