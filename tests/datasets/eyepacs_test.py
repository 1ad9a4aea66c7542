"""The EyePACS builder on a small folder in Kaggle's layout, written here."""

import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.eyepacs.eyepacs_dataset_builder import Builder
from dmtdr_tf_datasets.eyepacs.folder import OfficialFolder

TRAIN = {"10_left": 0, "10_right": 2, "13_left": 4}
TEST = {
    "1_left": (0, "Public"),
    "1_right": (1, "Public"),
    "2_left": (3, "Private"),
}


def _write_tables(root, train=None, test=None):
    rows = [f"{name},{grade}\n" for name, grade in (train or TRAIN).items()]
    (root / "trainLabels.csv").write_text("image,level\n" + "".join(rows))
    rows = [f"{n},{g},{u}\n" for n, (g, u) in (test or TEST).items()]
    (root / "retinopathy_solution.csv").write_text(
        "image,level,Usage\n" + "".join(rows)
    )


@pytest.fixture
def folder(tmp_path, write_fundus):
    root = tmp_path / "eyepacs"
    for part, names in (("train", TRAIN), ("test", TEST)):
        for name in names:
            write_fundus(root / part / f"{name}.jpeg")
    _write_tables(root)
    return root


def test_boards_are_validation_and_test(
    folder, tmp_path, build, samples, capfd
):
    # The parent of eyepacs/ will do.
    made = build(Builder, tmp_path / "data", folder.parent, "256")
    names = {split: set(samples(made, split)) for split in made.info.splits}
    assert names == {
        "train": {"10_left", "10_right", "13_left"},
        "validation": {"1_left", "1_right"},
        "test": {"2_left"},
    }
    sample = samples(made, "train")["10_right"]
    assert (sample["grade"], sample["has_lesions"]) == (2, False)
    assert (sample["patient"], sample["eye"]) == (b"10", b"right")
    assert sample["photograph"].shape == (256, 256, 3)
    assert (
        "eyepacs: warning: 1 photographs in split 'test', 42670 published"
        in capfd.readouterr().err
    )


def test_two_eyes_of_a_patient_are_never_parted(folder, capfd):
    _write_tables(folder, test={**TEST, "1_right": (1, "Private")})
    splits = {p.name: p.split for p in OfficialFolder(folder).photographs()}
    assert splits["1_left"] == splits["1_right"] == "test"
    assert "eyepacs: 1 photographs of patients" in capfd.readouterr().err


def test_what_does_not_match_is_named(folder, write_fundus, capfd):
    (folder / "train/13_left.jpeg").unlink()
    write_fundus(folder / "test/9_left.jpeg")
    found = {p.name for p in OfficialFolder(folder).photographs()}
    assert found == {"10_left", "10_right", "1_left", "1_right", "2_left"}
    told = capfd.readouterr().err
    assert f"{folder}/train/13_left.jpeg: listed in trainLabels.csv" in told
    assert f"{folder}/test/9_left.jpeg: not listed in retinopathy" in told


def test_train_part_alone_will_do(folder, capfd):
    (folder / "test").rename(folder / "elsewhere")
    splits = {p.split for p in OfficialFolder(folder).photographs()}
    assert splits == {"train"}
    assert f"{folder}/test: no such folder" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("trainLabels", "10_right,2", "10_right,5", "10_right has grade '5'"),
        ("trainLabels", "10_right,2", "ten,2", "line 3: it names 'ten'"),
        ("trainLabels", "10_right,2", "10_left,2", "10_left has two labels"),
        ("trainLabels", "level", "grade", "no column 'level'"),
        ("retinopathy_solution", "Private", "Secret", "has Usage 'Secret'"),
    ],
)
def test_wrong_table_is_refused(folder, table, old, new, message):
    path = folder / f"{table}.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(UserError, match=f"{table}.csv: .*{message}"):
        OfficialFolder(folder).photographs()


def test_missing_table_archive_and_foreign_folder(folder, tmp_path):
    (folder / "trainLabels.csv").unlink()
    with pytest.raises(UserError, match=r"trainLabels\.csv: no such file"):
        OfficialFolder(folder).photographs()
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(UserError, match="expected EyePACS's folders"):
        OfficialFolder(other)
    (other / "train.zip.001").touch()
    with pytest.raises(UserError, match="an archive; unpack EyePACS"):
        OfficialFolder(other)
