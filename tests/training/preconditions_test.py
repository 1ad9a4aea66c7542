"""What the data must have is asked before anything is prepared."""

import dataclasses

import cv2
import numpy as np
import pytest

from dmtdr_tf import cli
from dmtdr_tf.config import DataConfig, RunConfig, presets
from dmtdr_tf.config.phases import PHASES, stage_phases
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.training.preconditions import check_data

SPLITS = ["train"] * 8 + ["validation"] * 2
BOTH = "photograph,split,grade,HE"


@pytest.fixture
def clinic(tmp_path):
    """Writes a folder of photographs and its table."""

    def write(header, splits=SPLITS, name="clinic"):
        root = tmp_path / name
        root.mkdir()
        lines = [header]
        for number, split in enumerate(splits):
            photograph = np.zeros((100, 150, 3), np.uint8)
            cv2.circle(photograph, (75, 50), 60, (40, 90, 180), -1)
            cv2.imwrite(str(root / f"{number}.jpg"), photograph)
            cv2.imwrite(
                str(root / f"{number}.png"), np.eye(100, 150, dtype=np.uint8)
            )
            cells = {
                "photograph": f"{number}.jpg",
                "split": split,
                "grade": str(number % 5),
                "HE": f"{number}.png",
            }
            lines.append(",".join(cells[c] for c in header.split(",")))
        (root / "photographs.csv").write_text("\n".join(lines) + "\n")
        return root

    return write


def _config(root, tmp_path, dataset="folder"):
    run = RunConfig(
        dataset=dataset, manual_dir=str(root), data_dir=str(tmp_path / "data")
    )
    return dataclasses.replace(presets.preset("demo"), run=run)


def test_enough_of_everything_passes_and_prepares_nothing(
    clinic, tmp_path, capfd
):
    config = _config(clinic(BOTH), tmp_path)
    check_data(config, list(PHASES.values()))
    assert not (tmp_path / "data").exists()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("header", "splits", "message"),
    [
        (
            "photograph,split,grade",
            SPLITS,
            "segmenter, and folder has no photographs with lesion masks; name "
            "them in the columns MA, HM, SE and HE of photographs.csv, or add",
        ),
        (
            "photograph,split,HE",
            SPLITS,
            "the grader, and folder has no photographs with a grade; write it "
            "into the column grade of photographs.csv, or add",
        ),
        (
            BOTH,
            ["train"] * 10,
            "none of the 10 photographs with lesion masks in folder is in "
            "split 'validation', which it needs to validate every epoch on; "
            "fill the column split of photographs.csv, or add patients",
        ),
        (
            "photograph,grade,HE",
            ["", ""],
            "none of the 2 photographs with lesion masks in folder is in "
            "split 'train', which it needs to train on; fill the column split",
        ),
        (
            BOTH,
            ["train"] * 7 + ["validation"],
            "stage_1.restoration.batch_size: 8 photographs make a batch, but "
            "folder has only 7 photographs with lesion masks in split 'train'; "
            "choose at most 7, or add photographs",
        ),
    ],
)
def test_what_is_missing_is_one_line_with_the_way_out(
    clinic, tmp_path, header, splits, message, capfd
):
    config = _config(clinic(header, splits), tmp_path)
    with pytest.raises(UserError) as caught:
        check_data(config, list(PHASES.values()))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "data").exists()
    assert capfd.readouterr().err == ""


def test_only_the_phases_that_run_are_asked(clinic, tmp_path):
    # Stage 2 needs neither masks nor grades of every photograph.
    config = _config(clinic("photograph,split,grade"), tmp_path)
    check_data(config, stage_phases(2))
    with pytest.raises(UserError, match="lesion masks"):
        check_data(config, stage_phases(1))


def test_command_names_the_option_and_leaves_nothing(clinic, tmp_path):
    root = clinic("photograph,grade")
    arguments = ["train", "--preset=demo", "--dataset=folder"]
    arguments += [f"--manual_dir={root}", f"--data_dir={tmp_path / 'data'}"]
    arguments += [f"--workdir={tmp_path / 'run'}"]
    with pytest.raises(UserError, match="^--dataset: stage 1 first trains"):
        cli.run_command(arguments)
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "run").exists()


def test_labels_of_prepared_records_count(dots_dir):
    run = RunConfig(dataset="graded_dots", data_dir=str(dots_dir))
    config = dataclasses.replace(
        presets.preset("demo"),
        run=run,
        data=DataConfig(high_res_size=32),
    )
    with pytest.raises(UserError, match="graded_dots has no photographs with"):
        check_data(config, [PHASES["restoration"]])
    with pytest.raises(UserError, match="4 photographs with a grade .*'valida"):
        check_data(config, [PHASES["grading"]])


def test_drawn_data_set_has_everything(tmp_path):
    config = _config("", tmp_path, "synthetic_fundus")
    check_data(config, list(PHASES.values()))
    assert not (tmp_path / "data").exists()


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(UserError, match="^manual_dir: download the data set"):
        check_data(_config("", tmp_path, "ddr/joint"), stage_phases(1))
    with pytest.raises(UserError, match="^manual_dir: no folder"):
        check_data(_config("/no/such", tmp_path, "idrid"), stage_phases(1))
