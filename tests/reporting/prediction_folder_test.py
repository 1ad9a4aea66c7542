import csv
import errno
import os
import pathlib

import cv2
import pytest
import tensorflow as tf

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.names import plain_cell
from dmtdr_tf.prediction import result_folder
from dmtdr_tf.prediction.origin import Origin
from dmtdr_tf.prediction.predictor import DamagedModelError
from dmtdr_tf.preprocessing import (
    NoFieldOfViewError,
    UngradablePhotographError,
    UnreadablePhotographError,
)
from dmtdr_tf.preprocessing.quality import Quality
from dmtdr_tf.reporting.prediction_folder import (
    InterruptedPrediction,
    PredictionFolder,
    check_replaceable,
    printable,
)

POOR = Quality(sharpness=0.25, brightness=0.5, overexposed=0.0, field=1.0)


@pytest.fixture
def predictor(prediction):
    """Fails on photographs whose name says so."""

    def predict(file):
        if "cut" in file.stem:
            raise UnreadablePhotographError(f"{file}: the file is cut short")
        if "dark" in file.stem:
            raise NoFieldOfViewError(f"{file}: no field of view")
        if "poor" in file.stem:
            raise UngradablePhotographError(f"{file}: it is blurred", POOR)
        if "bug" in file.stem:
            raise ZeroDivisionError(file)
        return prediction

    return predict


def _rows(folder):
    text = (folder / "predictions.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _files(*names):
    return [pathlib.Path(name) for name in names]


def test_one_bad_photograph_never_costs_the_others(predictor, tmp_path):
    output = PredictionFolder(tmp_path / "out", {"Preset": "demo"})
    calls = []
    files = _files("cut.jpg", "a/eye.jpg", "dark.png", "poor.png", "b/eye.jpg")
    findings = output.write(
        files,
        lambda: predictor,
        lambda finding, number: calls.append((number, finding.file)),
    )
    assert calls == list(enumerate(map(str, files), start=1))
    reasons = [finding.error for finding in findings]
    assert reasons == [
        "the file is cut short",
        "",
        "no field of view",
        "it is blurred",
        "",
    ]
    rows = _rows(output.path)
    assert [row["error"] for row in rows] == reasons
    assert [row["folder"] for row in rows] == ["", "eye", "", "", "eye-2"]
    # Only the poor photograph was read far enough to be measured.
    sharpness = [row["sharpness"] for row in rows]
    assert sharpness == ["", "0.8700", "", "0.2500", "0.8700"]
    assert {entry.name for entry in output.path.iterdir()} == {
        "predictions.csv",
        "index.html",
        "eye",
        "eye-2",
    }
    page = output.page.read_text(encoding="utf-8")
    assert page.count("<article") == 2
    assert all(name in page for name in ("cut.jpg", "dark.png", "poor.png"))


def test_the_table_holds_the_numbers_of_the_prediction(predictor, tmp_path):
    output = PredictionFolder(tmp_path / "out", {}, report=False)
    output.write(_files("eye.jpg"), lambda: predictor)
    (row,) = _rows(output.path)
    assert (row["grade"], row["grade_name"]) == ("2", "moderate")
    # Grades 2 to 4 of 0.1, 0.2, 0.4, 0.2, 0.1.
    assert float(row["referable_probability"]) == pytest.approx(0.7)
    assert row["HM_pixels"] == "16"
    assert row["HM_regions"] == "2"
    assert output.page == output.path / "predictions.csv"
    assert not (output.path / "index.html").exists()


@pytest.mark.parametrize(("threshold", "pixels"), [(0.3, "9"), (0.5, "0")])
def test_the_threshold_decides_which_pixels_count(
    predictor, tmp_path, threshold, pixels
):
    output = PredictionFolder(tmp_path / "out", {}, threshold, report=False)
    output.write(_files("eye.jpg"), lambda: predictor)
    # Nine pixels are a hard exudate with a probability of 0.4.
    assert _rows(output.path)[0]["HE_pixels"] == pixels


@pytest.mark.parametrize("names", [("cut.jpg", "dark.png"), ("poor.png",)])
def test_nothing_is_written_where_every_photograph_fails(
    predictor, tmp_path, names
):
    output = PredictionFolder(tmp_path / "out", {})
    with pytest.raises(UserError, match=f"none of the {len(names)} phot"):
        output.write(_files(*names), lambda: predictor)
    assert not list(tmp_path.iterdir())


def test_an_earlier_prediction_survives_a_failure(predictor, tmp_path):
    output = PredictionFolder(tmp_path / "out", {})
    output.write(_files("eye.jpg"), lambda: predictor)
    before = (output.path / "predictions.csv").read_bytes()
    for name, error in (("cut.jpg", UserError), ("bug.jpg", UserError)):
        with pytest.raises(error):
            output.write(_files(name), lambda: predictor)
        assert (output.path / "predictions.csv").read_bytes() == before
        assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_a_full_disk_names_the_output(predictor, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "eye.png")

    monkeypatch.setattr(result_folder, "write_picture", full)
    output = PredictionFolder(tmp_path / "out", {})
    with pytest.raises(UserError, match="No space left") as caught:
        output.write(_files("eye.jpg"), lambda: predictor)
    assert caught.value.argument == "output"
    assert not list(tmp_path.iterdir())


def test_the_model_is_not_loaded_for_a_folder_that_must_stay(tmp_path):
    (tmp_path / "thesis.txt").touch()

    def never():
        raise AssertionError("the model was loaded")

    with pytest.raises(UserError, match=r"thesis\.txt is not part of"):
        PredictionFolder(tmp_path, {}).write(_files("eye.jpg"), never)
    assert (tmp_path / "thesis.txt").exists()


def test_a_relative_folder_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert check_replaceable("out") == tmp_path / "out"


def test_names_that_are_not_utf_8_reach_table_and_page(predictor, tmp_path):
    latin_1 = os.fsdecode("œil-é".encode() + b"-\xe9")
    assert printable(latin_1) == "œil-é-\\xe9"
    output = PredictionFolder(tmp_path / "out", {})
    files = _files(f"{latin_1}.jpg", f"cut-{latin_1}.jpg")
    output.write(files, lambda: predictor)
    good, bad = _rows(output.path)
    assert good["file"] == "œil-é-\\xe9.jpg"
    assert (output.path / good["folder"]).is_dir()
    assert bad["error"] == "the file is cut short"
    assert "œil-é-\\xe9" in output.page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (MemoryError(), "there is not enough memory for this photograph"),
        (cv2.error("bad\nflags"), "unexpected error: bad flags"),
        (
            tf.errors.ResourceExhaustedError(None, None, "OOM"),
            "unexpected ResourceExhaustedError: OOM",
        ),
        (ZeroDivisionError("x"), "unexpected ZeroDivisionError: x"),
    ],
)
def test_whatever_goes_wrong_is_a_row(predictor, tmp_path, error, reason):
    def predict(file):
        if file.stem == "bad":
            raise error
        return predictor(file)

    output = PredictionFolder(tmp_path / "out", {})
    output.write(_files("a.jpg", "bad.jpg", "b.jpg"), lambda: predict)
    rows = _rows(output.path)
    assert [row["status"] for row in rows] == ["ok", "failed", "ok"]
    assert rows[1]["error"].startswith(reason)
    page = output.page.read_text(encoding="utf-8")
    assert page.count("<article") == 2


def test_an_error_while_writing_leaves_no_half_photograph(
    predictor, tmp_path, monkeypatch
):
    write = result_folder.write_picture

    def fail(path, picture):
        if path.parent.name == "bad" and "evidence" in path.name:
            raise MemoryError
        write(path, picture)

    monkeypatch.setattr(result_folder, "write_picture", fail)
    output = PredictionFolder(tmp_path / "out", {})
    output.write(_files("bad.jpg", "a.jpg"), lambda: predictor)
    assert [row["status"] for row in _rows(output.path)] == ["failed", "ok"]
    assert not (output.path / "bad").exists()
    output.write(_files("a.jpg"), lambda: predictor)


def test_a_damaged_model_stops(tmp_path):
    def predict(file):
        raise DamagedModelError("the model's grade is not finite")

    with pytest.raises(DamagedModelError):
        PredictionFolder(tmp_path / "out", {}).write(
            _files("a.jpg", "b.jpg"), lambda: predict
        )
    assert not list(tmp_path.iterdir())


def test_an_interruption_keeps_what_is_done(predictor, tmp_path):
    def predict(file):
        if file.stem == "b":
            raise KeyboardInterrupt
        return predictor(file)

    output = PredictionFolder(tmp_path / "out", {})
    with pytest.raises(InterruptedPrediction):
        output.write(_files("a.jpg", "b.jpg", "c.jpg"), lambda: predict)
    rows = _rows(output.path)
    assert [row["status"] for row in rows] == ["ok", "failed", "failed"]
    assert rows[2]["error"] == "not graded: interrupted before"
    # An earlier prediction that is whole stays.
    output.write(_files("a.jpg", "c.jpg"), lambda: predictor)
    with pytest.raises(KeyboardInterrupt) as caught:
        output.write(_files("a.jpg", "b.jpg"), lambda: predict)
    assert not isinstance(caught.value, InterruptedPrediction)
    assert [row["file"] for row in _rows(output.path)] == ["a.jpg", "c.jpg"]
    with pytest.raises(KeyboardInterrupt):
        PredictionFolder(tmp_path / "new", {}).write(
            _files("b.jpg"), lambda: predict
        )
    assert not (tmp_path / "new").exists()


def test_names_are_safe_in_table_and_folders(predictor, tmp_path):
    names = (
        "=1+1.jpg",
        "-a.jpg",
        "@b.jpg",
        "'c.jpg",
        "\x1b[31mred\n.jpg",
        "a\u202egpj.jpg",
        251 * "x" + ".jpg",
        120 * "\u00fc" + ".jpg",
        120 * "\u00fc" + ".png",
        "a\\b:c.jpg",
        "predictions.csv.jpg",
        "index.html.partial.jpg",
        "Index.HTML.jpg",
        os.fsdecode(b"\xff.jpg"),
    )
    output = PredictionFolder(tmp_path / "out", {})
    output.write(_files(*names), lambda: predictor)
    rows = _rows(output.path)
    assert not [row["error"] for row in rows if row["error"]]
    cells = [cell for row in rows for cell in row.values()]
    assert not [c for c in cells if c.startswith(tuple("=+-@\t\r"))]
    assert [plain_cell(row["file"]) for row in rows[:4]] == list(names[:4])
    text = (output.path / "predictions.csv").read_text(encoding="utf-8")
    assert not set("\x1b\u202e") & set(text)
    folders = {plain_cell(row["folder"]).lower() for row in rows}
    assert len(folders) == len(names)
    # The folders are those that the table names, so that they are replaced.
    output.write(_files("eye.jpg"), lambda: predictor)
    assert (output.path / "eye").is_dir()


def test_whose_eye_it_is(predictor, tmp_path):
    files = _files("10_left.jpg", "eye.jpg", "cut.jpg", "7_OD.png")
    origins = {files[1].resolve(): Origin("P7", "right", "=2024")}
    output = PredictionFolder(tmp_path / "out", {}, origins=origins)
    output.write(files, lambda: predictor)
    rows = [
        (row["patient"], row["eye"], row["date"]) for row in _rows(output.path)
    ]
    assert rows == [
        ("10", "left", ""),
        # No formula.
        ("P7", "right", "'=2024"),
        ("", "", ""),
        ("7", "right", ""),
    ]


def test_the_warning_is_on_the_page(predictor, tmp_path):
    output = PredictionFolder(tmp_path / "out", {}, warning="Of drawings")
    output.write(_files("eye.jpg"), lambda: predictor)
    assert "Of drawings." in output.page.read_text(encoding="utf-8")


def test_a_link_to_itself_is_a_row(predictor, tmp_path):
    loop = tmp_path / "cut.jpg"
    loop.symlink_to(loop)
    output = PredictionFolder(tmp_path / "out", {}, report=False)
    findings = output.write([loop, *_files("whole.jpg")], lambda: predictor)
    assert [bool(one.error) for one in findings] == [True, False]
