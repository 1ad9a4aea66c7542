import csv
import errno
import os
import pathlib

import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.prediction import result_folder
from dmtdr_tf.prediction.origin import Origin
from dmtdr_tf.preprocessing import (
    NoFieldOfViewError,
    UngradablePhotographError,
    UnreadablePhotographError,
)
from dmtdr_tf.preprocessing.quality import Quality
from dmtdr_tf.reporting.prediction_folder import (
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
    for name, error in (("cut.jpg", UserError), ("bug.jpg", ZeroDivisionError)):
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
    assert printable(latin_1) == "œil-é-\ufffd"
    output = PredictionFolder(tmp_path / "out", {})
    files = _files(f"{latin_1}.jpg", f"cut-{latin_1}.jpg")
    output.write(files, lambda: predictor)
    good, bad = _rows(output.path)
    assert good["file"] == "œil-é-\ufffd.jpg"
    assert (output.path / good["folder"]).is_dir()
    assert bad["error"] == "the file is cut short"
    assert "œil-é-\ufffd" in output.page.read_text(encoding="utf-8")


def test_whose_eye_it_is(predictor, tmp_path):
    files = _files("10_left.jpg", "eye.jpg", "cut.jpg")
    origins = {files[1].resolve(): Origin("P7", "right", "2024-05-01")}
    output = PredictionFolder(tmp_path / "out", {}, origins=origins)
    output.write(files, lambda: predictor)
    rows = [
        (row["patient"], row["eye"], row["date"]) for row in _rows(output.path)
    ]
    assert rows == [
        ("10", "left", ""),
        ("P7", "right", "2024-05-01"),
        ("", "", ""),
    ]


def test_the_warning_is_on_the_page(predictor, tmp_path):
    output = PredictionFolder(tmp_path / "out", {}, warning="Of drawings")
    output.write(_files("eye.jpg"), lambda: predictor)
    assert "Of drawings." in output.page.read_text(encoding="utf-8")


def test_no_cell_begins_a_formula(predictor, tmp_path):
    names = ("=1+1.jpg", "+cut.jpg", "-a.jpg", "@b.jpg", "\tc.jpg")
    files = _files(*names)
    origins = {file.resolve(): Origin("-P", "=x", "") for file in files}
    output = PredictionFolder(tmp_path / "out", {}, origins=origins)
    output.write(files, lambda: predictor)
    text = (output.path / "predictions.csv").read_text(encoding="utf-8")
    for row in csv.reader(text.splitlines()):
        assert not [cell for cell in row if cell[:1] in tuple("=+-@\t\r")]
    rows = _rows(output.path)
    assert rows[0]["file"] == "'=1+1.jpg"
    assert [bool(row["error"]) for row in rows] == [False, True] + 3 * [False]
    # The folders are those that the table names, so that they are replaced.
    folders = {row["folder"] for row in rows} - {""}
    assert folders == {p.name for p in output.path.iterdir() if p.is_dir()}
    output.write(_files("eye.jpg"), lambda: predictor)


def test_names_without_a_shape_and_very_long_ones(predictor, tmp_path):
    names = (
        "\x1b[31mred.jpg",
        "a\u202egpj.jpg",
        251 * "x" + ".jpg",
        "a\\b.jpg",
    )
    names = (
        *names,
        120 * "ü" + ".jpg",
        120 * "ü" + ".png",
        os.fsdecode(b"\xff"),
    )
    output = PredictionFolder(tmp_path / "out", {})
    output.write(_files(*names), lambda: predictor)
    rows = _rows(output.path)
    assert not [row["error"] for row in rows if row["error"]]
    assert rows[0]["folder"] == "_x1b[31mred"
    assert rows[1]["file"] == "a\\u202egpj.jpg"
    assert len({row["folder"] for row in rows}) == len(names)
    output.write(_files("eye.jpg"), lambda: predictor)
