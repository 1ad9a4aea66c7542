import json
import re
import subprocess
import sys

import pytest

from dmtdr_tf import cli
from dmtdr_tf.commands import datasets
from dmtdr_tf.config import Config, QualityConfig
from dmtdr_tf.config import file as config_file
from dmtdr_tf.files.errors import UserError


def _check(dots_dir, output, *options, name="dots"):
    cli.run_command(
        [
            "datasets",
            "check",
            name,
            *("--size", "32"),
            *("--data_dir", str(dots_dir)),
            *("--output", str(output)),
            *options,
        ]
    )


def test_counts_and_findings_are_printed_and_written(
    dots_dir, tmp_path, capsys
):
    _check(dots_dir, tmp_path / "check", name="dots+masked_dots")
    printed = capsys.readouterr().out
    assert "train: photographs 10, grade 0 2, grade 1 2" in printed
    assert "masked_dots/32\n  train: photographs 6, grade unknown 6" in printed
    found = json.loads((tmp_path / "check/check.json").read_text())
    assert found["counts"]["dots/32"]["validation"]["photographs"] == 3
    # Their green alone differs from black, and is the same in all of them.
    count, outside = len(found["duplicates"]), len(found["masks_outside"])
    assert f"{count} duplicates, {outside} masks outside" in printed
    across = [d for d in found["duplicates"] if d["across_splits"]]
    assert 0 < len(across) < count
    assert printed.count("ACROSS SPLITS") == len(across)


def test_page_shows_every_split_and_grade(dots_dir, tmp_path):
    _check(dots_dir, tmp_path / "check", "--shown", "1")
    page = (tmp_path / "check/index.html").read_text()
    for heading in ("dots/32, train", "dots/32, validation", "Duplicates:"):
        assert heading in page
    # Nothing is loaded from elsewhere.
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(s.startswith(("data:image/jpeg;base64,", "#")) for s in sources)
    # The grades of train (-1 to 4) and of validation (-1 to 1), one of each.
    pictures = page.split("dots/32, train</h2>")[1].count("<img")
    assert pictures == 6 + 3


def test_earlier_check_is_replaced_and_nothing_else(dots_dir, tmp_path):
    _check(dots_dir, tmp_path / "check")
    _check(dots_dir, tmp_path / "check")
    (tmp_path / "check/mine.txt").touch()
    with pytest.raises(UserError, match="--output: .*would be lost"):
        _check(dots_dir, tmp_path / "check")


def test_unknown_action_and_data_set_are_named(dots_dir, tmp_path):
    with pytest.raises(UserError, match="unknown action 'show'; choose from"):
        datasets.Arguments("show", "dots")
    with pytest.raises(UserError, match="name the data set; choose from sy"):
        datasets.Arguments("check")
    with pytest.raises(UserError, match="no data set 'moon'"):
        _check(dots_dir, tmp_path / "check", name="moon")
    assert not (tmp_path / "check").exists()


def test_prepare_tells_the_counts_and_where_it_is(dots_dir, tmp_path, capsys):
    options = ["--size", "32", "--data_dir", str(dots_dir)]
    cli.run_command(["datasets", "prepare", "dots", *options])
    printed = capsys.readouterr().out
    assert "train: 10\n" in printed
    assert "validation: 3\n" in printed
    assert str(dots_dir) in printed
    assert not list(tmp_path.iterdir())


def test_list_names_the_data_sets_and_what_is_prepared(tmp_path):
    records = tmp_path / "folder/1a2b3c4d_512/1.1.0"
    records.mkdir(parents=True)
    (records / "dataset_info.json").touch()
    (records / "sources.json").write_text('{"root": "/clinic"}')
    (tmp_path / "idrid/256/1.1.0").mkdir(parents=True)
    code = (
        "import sys; from dmtdr_tf import cli; "
        f"cli.run_command(['datasets', 'list', '--data_dir', {str(tmp_path)!r}"
        "]); assert 'tensorflow' not in sys.modules"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    told = ended.stdout.splitlines()
    assert told[3].startswith("idrid, idrid/segmentation, idrid/grading: 531")
    assert told[4] == "  source: https://doi.org/10.21227/H25W98 (CC BY 4.0)"
    # A build that was interrupted has no information yet.
    assert told[5] == f"  not prepared in {tmp_path}"
    assert told[6].startswith("ddr/joint, ddr/grading, ddr/segmentation: ")
    assert told[-1] == f"  prepared in {tmp_path}: 1a2b3c4d_512 (/clinic)"


def test_thresholds_of_a_run_decide_what_is_poor(dots_dir, tmp_path, capsys):
    for name, least in (("mild", 0.0), ("strict", 1.0)):
        quality = QualityConfig(
            min_sharpness=0,
            min_brightness=least,
            min_field=0,
            min_saturation=0,
            min_likeness=0,
        )
        run = tmp_path / name
        run.mkdir()
        config_file.save(Config(quality=quality), run / "config.json")
    _check(dots_dir, tmp_path / "check", "--workdir", str(tmp_path / "mild"))
    mild = capsys.readouterr().out
    _check(dots_dir, tmp_path / "check", "--workdir", str(tmp_path / "strict"))
    strict = capsys.readouterr().out
    assert " 0 photographs too poor" in mild
    assert "13 photographs too poor" in strict
    with pytest.raises(UserError, match="--workdir: .* holds no run"):
        _check(dots_dir, tmp_path / "check", "--workdir", str(tmp_path / "no"))
