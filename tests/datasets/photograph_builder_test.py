"""A build that is interrupted goes on, and a changed file is read again."""

import os
import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest

from dmtdr_tf import cli
from dmtdr_tf.exporting.saved_model.warm_up import draw_eye
from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets import photograph_builder, preparation
from dmtdr_tf_datasets.console import progress
from dmtdr_tf_datasets.eyepacs.eyepacs_dataset_builder import Builder
from dmtdr_tf_datasets.journal import Journal
from dmtdr_tf_datasets.preparation import Source

EYES = [f"{patient}_left" for patient in range(6)]

# Dies as with SIGKILL after four photographs.
KILLED = """
import os, signal, sys
from dmtdr_tf_datasets import journal
write, count = journal.Journal.write, 0
def killing(self, *row):
    global count
    write(self, *row)
    count += 1
    if count == 4:
        os.kill(os.getpid(), signal.SIGKILL)
journal.Journal.write = killing
import tensorflow_datasets as tfds
from dmtdr_tf_datasets.eyepacs.eyepacs_dataset_builder import Builder
Builder(config="256", data_dir=sys.argv[1]).download_and_prepare(
    download_config=tfds.download.DownloadConfig(manual_dir=sys.argv[2])
)
"""


@pytest.fixture
def folder(tmp_path, write_fundus):
    root = tmp_path / "eyepacs"
    for name in EYES:
        write_fundus(root / "train" / f"{name}.jpeg")
    lines = [f"{name},{grade % 5}\n" for grade, name in enumerate(EYES)]
    (root / "trainLabels.csv").write_text("image,level\n" + "".join(lines))
    return root


@pytest.fixture
def counted(monkeypatch):
    """Names of the photographs that were prepared, in order."""
    names = []
    prepare = photograph_builder.prepare_sample

    def counting(source: Source, size):
        names.append(source.name)
        return prepare(source, size)

    monkeypatch.setattr(photograph_builder, "prepare_sample", counting)
    return names


def _records(made, samples):
    return {
        name: (row["photograph"].tobytes(), int(row["grade"]), row["quality"])
        for name, row in samples(made, "train").items()
    }


def test_killed_build_goes_on_and_ends_the_same(
    folder, tmp_path, build, samples, counted, capfd
):
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "data"), str(folder)],
        capture_output=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    records = tmp_path / "data/eyepacs/256"
    left = [path.name for path in records.glob("incomplete.*")]
    assert len(left) == 1
    made = build(Builder, tmp_path / "data", folder, "256")
    assert sorted(counted) == sorted(set(EYES) - set(sorted(EYES)[:4]))
    told = capfd.readouterr().err
    assert "resuming: 4 of 6 photographs of split 'train'" in told
    assert f"{left[0]}: left by a killed build; removed" in told
    assert not list(records.glob("incomplete.*"))
    whole = build(Builder, tmp_path / "other", folder, "256")
    assert _records(made, samples) == _records(whole, samples)
    assert not list((tmp_path / "data/eyepacs/256").glob("*.journal*"))


def test_interrupted_build_reads_a_changed_file_again(
    folder, tmp_path, build, samples, counted, monkeypatch
):
    write = Journal.write

    def interrupting(self, name, stamp, sample):
        write(self, name, stamp, sample)
        if name == "3_left":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "write", interrupting)
        with pytest.raises(KeyboardInterrupt):
            build(Builder, tmp_path / "data", folder, "256")
    image = np.zeros((100, 150, 3), np.uint8)
    cv2.circle(image, (75, 50), 45, (60, 60, 200), -1)
    cv2.imwrite(str(folder / "train/1_left.jpeg"), image)
    os.utime(folder / "train/1_left.jpeg", (1, 1))
    counted.clear()
    made = build(Builder, tmp_path / "data", folder, "256")
    assert sorted(counted) == ["1_left", "4_left", "5_left"]
    rows = samples(made, "train")
    assert rows["1_left"]["photograph"][128, 128, 0] > 190
    assert rows["0_left"]["photograph"][128, 128, 0] < 190


def test_journal_that_is_damaged_is_begun_anew(tmp_path):
    path = tmp_path / "1.1.0.journal"
    path.write_bytes(b"no database" * 100)
    with Journal(path) as kept:
        assert kept.stamps() == {}
        kept.write(
            "a",
            "1",
            {"photograph": b"p", "lesions": b"l", "quality": {"field": 0.5}},
        )
    with Journal(path) as kept:
        assert kept.stamps() == {"a": "1"}
        assert kept.read("a") == {
            "photograph": b"p",
            "lesions": b"l",
            "quality": {"field": 0.5},
        }


def test_journal_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "1.1.0.journal").mkdir()
    with pytest.raises(OSError, match=r"1\.1\.0\.journal"):
        Journal(tmp_path / "1.1.0.journal")
    with Journal(tmp_path / "other") as kept:
        kept._database.execute("PRAGMA max_page_count = 3")
        sample = {"photograph": bytes(99999), "lesions": b"", "quality": {}}
        with pytest.raises(OSError, match="full"):
            kept.write("a", "1", sample)


@pytest.fixture
def clinic(tmp_path, write_fundus):
    root = tmp_path / "clinic"
    lines = []
    for split in ("train", "validation", "test"):
        for name in (f"{split}_a.jpg", f"{split}_b.jpg"):
            write_fundus(root / name)
            lines.append(f"{name},{split},1\n")
    (root / "photographs.csv").write_text(
        "photograph,split,grade\n" + "".join(lines)
    )
    return root


def _prepare_folder(root, tmp_path, capfd):
    cli.run_command(
        [
            *("datasets", "prepare", "folder", "--size", "128"),
            *("--manual_dir", str(root), "--data_dir", str(tmp_path / "data")),
        ]
    )
    return capfd.readouterr()


def test_split_without_a_usable_photograph_does_not_cost_the_others(
    clinic, tmp_path, counted, capfd
):
    for name in ("test_a.jpg", "test_b.jpg", "train_a.jpg"):
        (clinic / name).write_bytes(b"no photograph")
    printed = _prepare_folder(clinic, tmp_path, capfd)
    assert "train: 1\n" in printed.out
    assert "validation: 2\n" in printed.out
    assert "test:" not in printed.out
    assert printed.err.count("skipped: ") == 3
    assert (
        "folder: none of the 2 photographs of split 'test' can be used"
        in printed.err
    )
    # Each is prepared once, although the build started again.
    assert sorted(counted) == sorted(set(counted))


def test_nothing_usable_is_one_line_with_the_first_reason(
    clinic, tmp_path, capfd
):
    for file in clinic.glob("*.jpg"):
        file.write_bytes(b"no photograph")
    with pytest.raises(UserError, match="no photograph can be used; the first"):
        _prepare_folder(clinic, tmp_path, capfd)


def test_whatever_goes_wrong_with_a_photograph_is_its_own_line(
    clinic, tmp_path, capfd, monkeypatch
):
    prepare = preparation.prepare

    def failing(path):
        if path.name == "train_a.jpg":
            raise MemoryError
        if path.name == "test_a.jpg":
            raise OSError(5, "Input/output error", str(path))
        return prepare(path)

    monkeypatch.setattr(preparation, "prepare", failing)
    printed = _prepare_folder(clinic, tmp_path, capfd)
    assert "train_a.jpg: cannot be prepared: MemoryError" in printed.err
    assert "test_a.jpg: cannot be prepared: [Errno 5]" in printed.err
    assert "validation: 2\n" in printed.out


def test_check_names_the_unreadable_files_of_an_earlier_build(
    folder, tmp_path, capsys
):
    for name in EYES:
        eye = draw_eye(160)[..., ::-1]
        cv2.imwrite(str(folder / f"train/{name}.jpeg"), eye)
    cut = folder / "train/2_left.jpeg"
    cut.write_bytes(cut.read_bytes()[:200])
    options = ["--size", "256", "--data_dir", str(tmp_path / "data")]
    manual = ["--manual_dir", str(folder)]
    cli.run_command(["datasets", "prepare", "eyepacs", *options, *manual])
    output = tmp_path / "check"
    options += ["--output", str(output)]
    capsys.readouterr()
    cli.run_command(["datasets", "check", "eyepacs", *options])
    told = capsys.readouterr().out
    assert f"eyepacs/256: unreadable: {cut}: the JPEG file is cut" in told
    assert "0 photographs too poor to be graded, 1 unreadable" in told
    page = (output / "index.html").read_text()
    assert "Unreadable files: 1" in page
    assert str(cut) in page


def test_progress_says_how_long_is_left(capsys):
    assert list(progress([1, 2], 2, "set train")) == [1, 2]
    assert "set train: 100%" in capsys.readouterr().err
