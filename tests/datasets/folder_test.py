"""The builder of a user's own folder."""

import cv2
import numpy as np
import pytest

from dmtdr_tf.config import Config, DataConfig, RunConfig
from dmtdr_tf.data import records
from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.eyepacs.folder import OfficialFolder
from dmtdr_tf_datasets.folder.table import fingerprint, read_rows

TABLE = """photograph,patient,split,grade,HM,HE
p1/left.jpg,p1,train,2,p1/left_hm.png,none
p1/right.jpg,p1,train,0,,
p2/left.jpg,p2,validation,,none,
p3/left.jpg,p3,test,4,,
"""


@pytest.fixture
def folder(tmp_path, write_fundus):
    root = tmp_path / "clinic"
    for name in ("p1/left", "p1/right", "p2/left", "p3/left"):
        write_fundus(root / f"{name}.jpg")
    mask = np.zeros((100, 150), np.uint8)
    mask[40:60, 60:80] = 1
    cv2.imwrite(str(root / "p1/left_hm.png"), mask)
    (root / "photographs.csv").write_text(TABLE)
    return root


def _config(folder, data_dir, size=128):
    run = RunConfig(
        dataset="folder", manual_dir=str(folder), data_dir=str(data_dir)
    )
    return Config(run=run, data=DataConfig(high_res_size=size))


def _replace(folder, old, new):
    path = folder / "photographs.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_labels_are_those_of_the_table(folder, tmp_path, samples):
    made = records.builder(_config(folder, tmp_path / "data"), "folder")
    train = samples(made, "train")
    left, right = train["p1/left.jpg"], train["p1/right.jpg"]
    assert (left["grade"], left["has_lesions"], left["patient"]) == (
        2,
        True,
        b"p1",
    )
    assert (right["grade"], right["has_lesions"]) == (0, False)
    # The mask was written with ones; only HM has any.
    assert left["lesions"].any(axis=(0, 1)).tolist() == [
        False,
        True,
        False,
        False,
    ]
    assert left["lesions"].max() == 255
    # One "none" says that somebody looked.
    checked = samples(made, "validation")["p2/left.jpg"]
    assert (checked["grade"], checked["has_lesions"]) == (-1, True)
    assert not checked["lesions"].any()
    assert set(samples(made, "test")) == {"p3/left.jpg"}


def test_changed_table_is_built_anew(folder, tmp_path):
    first = records.builder(_config(folder, tmp_path / "data"), "folder")
    _replace(folder, "p3/left.jpg,p3,test,4", "p3/left.jpg,p3,test,3")
    second = records.builder(_config(folder, tmp_path / "data"), "folder")
    assert first.data_dir != second.data_dir
    assert records.read_labels(second, "test").grade.tolist() == [3]
    assert records.read_labels(first, "test").grade.tolist() == [4]


def test_two_folders_with_one_table_are_two_data_sets(folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "photographs.csv").write_text(TABLE)
    assert fingerprint(folder) == fingerprint(folder)
    assert fingerprint(folder) != fingerprint(other)


def test_without_splits_patients_are_held_out_whole(tmp_path):
    lines = [f"{p}_{eye}.jpg,{p},1" for p in range(40) for eye in "lr"]
    table = "photograph,patient,grade\n" + "\n".join(lines)
    (tmp_path / "photographs.csv").write_text(table)
    for line in lines:
        (tmp_path / line.split(",")[0]).touch()
    rows = read_rows(tmp_path)
    patients = {
        split: {row.patient for row in rows if row.split == split}
        for split in ("train", "validation", "test")
    }
    assert {k: len(v) for k, v in patients.items()} == {
        "train": 28,
        "validation": 6,
        "test": 6,
    }
    assert len(set.union(*patients.values())) == 40


def test_missing_files_are_named_and_counted(folder, capfd):
    (folder / "p1/left_hm.png").unlink()
    (folder / "p3/left.jpg").unlink()
    assert [row.name for row in read_rows(folder)] == [
        "p1/right.jpg",
        "p2/left.jpg",
    ]
    told = capfd.readouterr().err
    assert f"p1/left.jpg: left out, no file {folder}/p1/left_hm.png" in told
    assert f"p3/left.jpg: left out, no file {folder}/p3/left.jpg" in told
    assert "2 of 4 rows left out" in told


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("photograph,", "image,", "line 1: no column 'photograph'"),
        ("patient,", "name,", "line 1: unknown column 'name'"),
        ("photograph,", "patient,", "line 1: there are two columns 'patient'"),
        ("p1,train,2", "p1,train,7", "line 2: 'p1/left.jpg' has grade '7'"),
        ("p1,train,2", "p1,train,-1", "line 2: .* grade '-1'; .* or nothing"),
        ("p1,train,2", "p1,train,two", "line 2: .* grade 'two'"),
        ("p1,train,2", "p1,train,=1+1", "line 2: .*'=1.1' is a formula"),
        ("p1,train,2", "p1,dev,2", "line 2: 'p1/left.jpg' has split 'dev'"),
        ("p1,train,2", "nan,train,2", "line 2: .* patient 'nan'; leave the"),
        ("p1,train,2", "P1,train,2", "line 3: patient 'p1' seems .* 'P1' of"),
        ("p2/", "p1/", "line 4: 'p1/left.jpg' is the photograph of line 2"),
        ("p2/", "./p1/", "line 4: './p1/left.jpg' is the photograph of line 2"),
        ("p2/", "p1/../p1/", "line 4: .* is the photograph of line 2"),
        ("p1/right.jpg", "", "line 3: it names no photograph"),
        ("p1/right.jpg", "../right.jpg", "line 3: '../right.jpg' is outside"),
        ("p1/right.jpg", "/etc/passwd", "line 3: '/etc/passwd' is outside"),
        ("p1/left_hm.png", "../hm.png", "line 2: '../hm.png' is outside"),
        ("p3,test", "p1,test", "line 5: patient p1 is in two splits, train"),
        ("p1,train,0,,", "p1,train,0,,,", "line 3: too many cells"),
    ],
)
def test_wrong_table_is_refused(folder, old, new, message):
    _replace(folder, old, new)
    with pytest.raises(UserError, match=rf"photographs\.csv: {message}"):
        read_rows(folder)


def test_absolute_path_inside_the_folder_is_the_same_photograph(folder):
    _replace(folder, "p1/right.jpg", f"{folder}/p1/right.jpg")
    assert read_rows(folder)[1].image == folder / "p1/right.jpg"
    _replace(folder, "p1/left.jpg", f"{folder}/p1/right.jpg")
    with pytest.raises(
        UserError, match="line 3: .* photograph of line 2 again"
    ):
        read_rows(folder)


def test_link_to_a_photograph_is_the_same_photograph(folder):
    (folder / "link.jpg").symlink_to(folder / "p1/left.jpg")
    _replace(folder, "p3/left.jpg", "link.jpg")
    with pytest.raises(UserError, match="line 5: 'link.jpg' is the photogr"):
        read_rows(folder)


def test_usual_spellings_of_cells_are_read(folder):
    _replace(folder, "p1,train,2,", " p1 , train , 2.0 , ")
    _replace(folder, ",none", ", None")
    row = read_rows(folder)[0]
    assert (row.patient, row.split, row.grade) == ("p1", "train", 2)
    assert [mask is not None for mask in row.masks] == [0, 1, 0, 0]


def test_name_in_another_unicode_form_is_found(folder):
    (folder / "p1/left.jpg").rename(folder / "p1/Mu\u0308ller.jpg")
    _replace(folder, "p1/left.jpg", "p1/M\u00fcller.jpg")
    assert read_rows(folder)[0].image == folder / "p1/Mu\u0308ller.jpg"
    _replace(folder, "p1/right.jpg", "p1/Mu\u0308ller.jpg")
    with pytest.raises(
        UserError, match="line 3: .* photograph of line 2 again"
    ):
        read_rows(folder)


def test_missing_file_is_told_with_what_may_be_meant(folder, capfd):
    _replace(folder, "p1/left.jpg", "p1/LEFT.jpg")
    _replace(folder, "p2/left.jpg", "p2\\left.jpg")
    rows = read_rows(folder)
    assert [row.name for row in rows] == ["p1/right.jpg", "p3/left.jpg"]
    told = capfd.readouterr().err
    assert "line 2: p1/LEFT.jpg: left out" in told
    assert "the folder has 'left.jpg'" in told
    assert "line 4: p2\\left.jpg: left out" in told
    assert "write / instead of" in told
    assert "2 of 4 rows left out" in told


def test_many_missing_files_are_counted(tmp_path, write_fundus, capfd):
    write_fundus(tmp_path / "a.jpg")
    lines = [f"{number}.jpg,1" for number in range(500)]
    table = "photograph,grade\na.jpg,1\n" + "\n".join(lines)
    (tmp_path / "photographs.csv").write_text(table)
    assert len(read_rows(tmp_path)) == 1
    told = capfd.readouterr().err.splitlines()
    assert len(told) == 22
    assert told[20] == "... and 480 more like these, 500 in all"
    assert "500 of 501 rows left out" in told[21]


def test_table_above_its_photographs_is_one_line(folder, capfd):
    for name in ("p1", "p2", "p3"):
        (folder / name).rename(folder / name.upper())
    with pytest.raises(UserError, match="no row can be used: line 2: "):
        read_rows(folder)
    (folder / "deep").mkdir()
    for name in ("p1", "p2", "p3"):
        (folder / name.upper()).rename(folder / "deep" / name)
    (folder / "photographs.csv").write_text("photograph,grade\nleft.jpg,1\n")
    (folder / "deep/p1/left.jpg").rename(folder / "deep/left.jpg")
    with pytest.raises(UserError, match=f"it is in {folder}/deep: move"):
        read_rows(folder)
    assert "left out" not in capfd.readouterr().err


def test_empty_split_of_few_patients_is_told(tmp_path, write_fundus, capfd):
    write_fundus(tmp_path / "a.jpg")
    write_fundus(tmp_path / "b.jpg")
    table = "photograph,grade\na.jpg,1\nb.jpg,2\n"
    (tmp_path / "photographs.csv").write_text(table)
    records.builder(_config(tmp_path, tmp_path / "data"), "folder")
    told = capfd.readouterr().err
    assert "folder: too few patients (2) for the splits" in told
    assert "folder: no photograph in split 'train'" in told


def test_table_without_any_label_is_refused(folder):
    (folder / "photographs.csv").write_text("photograph\np1/left.jpg\n")
    with pytest.raises(UserError, match="no label"):
        read_rows(folder)


def test_folder_table_and_size_are_asked_for(folder, tmp_path):
    with pytest.raises(UserError, match="^manual_dir: the data set 'folder'"):
        records.builder(_config("", tmp_path), "folder")
    with pytest.raises(UserError, match=r"photographs\.csv: no such file"):
        records.builder(_config(tmp_path, tmp_path), "folder")
    with pytest.raises(UserError, match="prepared at 128, 256, 512, 1024"):
        records.builder(_config(folder, tmp_path, 96), "folder")


def test_name_of_a_file_does_not_reach_the_terminal_raw(
    tmp_path, write_fundus, capfd
):
    name = "a\x1b[2J.jpeg"
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / name).write_bytes(b"no photograph")
    write_fundus(tmp_path / "train/1_left.jpeg")
    (tmp_path / "trainLabels.csv").write_text("image,level\n1_left,0\n")
    OfficialFolder(tmp_path).photographs()
    told = capfd.readouterr().err
    assert r"a\x1b[2J.jpeg: not listed in" in told
    assert "\x1b" not in told
