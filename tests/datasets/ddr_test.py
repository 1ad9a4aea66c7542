"""The DDR builder on a small official folder, written here."""

import cv2
import numpy as np
import pytest

from dmtdr_tf.config import Config, DataConfig, RunConfig
from dmtdr_tf.data import building, records
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing.field_of_view import find_field_of_view
from dmtdr_tf.preprocessing.quality import measure_quality
from dmtdr_tf.preprocessing.reading import read_photograph
from dmtdr_tf_datasets.ddr.ddr_dataset_builder import Builder
from dmtdr_tf_datasets.ddr.folder import OfficialFolder

# Photographs of the two parts: "b" tests in one and trains in the other.
GRADES = {
    "train": {"a": 0, "b": 3, "c": 5},
    "valid": {"d": 1, "e": 2},
    "test": {"f": 4},
}
MASKED = {"train": "af", "valid": "e", "test": "b"}
# Lesion folder -> where the lesion of "a" is drawn (x, y), 12 pixels across.
LESIONS = {"MA": (50, 30), "HE": (100, 30), "SE": (50, 70), "EX": (100, 70)}


def _write_mask(path, centre):
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = np.zeros((100, 150), np.uint8)
    if centre:
        x, y = centre
        mask[y - 6 : y + 6, x - 6 : x + 6] = 255
    cv2.imwrite(str(path), mask)


def _folder(root, write_fundus):
    for split, grades in GRADES.items():
        for name in grades:
            write_fundus(root / f"DR_grading/{split}/{name}.jpg")
        lines = [f"{name}.jpg {grade}\n" for name, grade in grades.items()]
        (root / f"DR_grading/{split}.txt").write_text("".join(lines))
    for split, names in MASKED.items():
        part = root / "lesion_segmentation" / split
        label = "segmentation label" if split == "valid" else "label"
        for name in names:
            write_fundus(part / f"image/{name}.jpg")
            for lesion, centre in LESIONS.items():
                _write_mask(
                    part / label / lesion / f"{name}.tif",
                    centre if name == "a" else None,
                )
    return root


@pytest.fixture(scope="module")
def shared(tmp_path_factory, write_fundus):
    return _folder(tmp_path_factory.mktemp("ddr"), write_fundus)


@pytest.fixture
def folder(tmp_path, write_fundus):
    return _folder(tmp_path / "DDR-dataset", write_fundus)


@pytest.fixture(scope="module")
def joint(tmp_path_factory, shared, build):
    return build(Builder, tmp_path_factory.mktemp("data"), shared, "joint_256")


def test_official_splits_of_each_part(shared):
    folder = OfficialFolder(shared)
    assert {(p.name, p.split, p.grade) for p in folder.grading()} == {
        ("a", "train", 0),
        ("b", "train", 3),
        ("c", "train", 5),
        ("d", "validation", 1),
        ("e", "validation", 2),
        ("f", "test", 4),
    }
    assert {(p.name, p.split, p.grade) for p in folder.segmentation()} == {
        ("a", "train", -1),
        ("f", "train", -1),
        ("e", "validation", -1),
        ("b", "test", -1),
    }


def test_part_is_named_with_the_data_set(joint):
    config = Config(
        run=RunConfig(dataset="ddr/joint", data_dir=joint._data_dir_root),
        data=DataConfig(high_res_size=256),
    )
    made = records.builder(config, "ddr/joint")
    assert made.data_dir == joint.data_dir
    labels = records.read_labels(made, "test")
    assert sorted(zip(labels.grade, labels.has_lesions, strict=True)) == [
        (3, True),
        (4, True),
    ]


def test_what_is_held_out_in_one_part_is_held_out_of_both(joint, samples):
    names = {
        split: set(samples(joint, split))
        for split in ("train", "validation", "test")
    }
    assert names == {
        "train": {"a", "c"},
        "validation": {"d", "e"},
        "test": {"b", "f"},
    }


def test_photograph_of_both_parts_is_once_with_both_labels(joint, samples):
    train, test = samples(joint, "train"), samples(joint, "test")
    assert (train["a"]["grade"], train["a"]["has_lesions"]) == (0, True)
    assert (test["b"]["grade"], test["b"]["has_lesions"]) == (3, True)
    assert samples(joint, "validation")["d"]["has_lesions"] == np.False_
    # An empty mask says that there is none of that lesion.
    assert not test["b"]["lesions"].any()


def test_ungradable_photograph_has_no_grade_and_says_so(joint, samples):
    train = samples(joint, "train")
    assert (train["c"]["grade"], train["c"]["gradable"]) == (-1, False)
    assert (train["a"]["grade"], train["a"]["gradable"]) == (0, True)


def test_masks_lie_in_our_order_where_they_were_drawn(joint, samples):
    lesions = samples(joint, "train")["a"]["lesions"]
    assert set(np.unique(lesions)) == {0, 255}
    # The square is 121 pixels wide about (75, 50): cells of 121 / 256.
    for channel, lesion in enumerate(("MA", "HE", "SE", "EX")):
        cells = np.argwhere(lesions[..., channel]).mean(axis=0)
        expected = (np.array(LESIONS[lesion]) - (75, 50)) * 256 / 121 + 128
        np.testing.assert_allclose(cells[::-1], expected, atol=3)
        assert abs((lesions[..., channel] > 0).sum() - 25.4**2) < 60


def test_counts_that_are_not_the_published_ones_are_told(
    folder, tmp_path, build, samples, capfd
):
    # The parent of DDR-dataset/ will do.
    made = build(Builder, tmp_path / "data", folder.parent, "segmentation_256")
    told = capfd.readouterr().err
    assert (
        "ddr/segmentation: warning: 2 photographs in split 'train', 383 "
        "published (-381)" in told
    )
    assert samples(made, "train")["a"]["grade"] == -1


def test_what_does_not_match_is_named(folder, capfd):
    (folder / "DR_grading/train/a.jpg").unlink()
    (folder / "DR_grading/test.txt").write_text("")
    (folder / "lesion_segmentation/test/label/SE/b.tif").unlink()
    official = OfficialFolder(folder)
    assert [p.name for p in official.grading()] == ["b", "c", "d", "e"]
    assert [p.name for p in official.segmentation()] == ["a", "f", "e"]
    told = capfd.readouterr().err
    assert f"{folder}/DR_grading/train/a.jpg: listed in train.txt" in told
    assert f"{folder}/DR_grading/test/f.jpg: not listed in test.txt" in told
    assert "test/image/b.jpg: left out, no mask" in told
    assert "label/SE/b.tif" in told


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a.jpg 6", r"train\.txt: line 4 is 'a\.jpg 6'"),
        ("a.jpg", r"train\.txt: line 4 is 'a\.jpg'"),
        ("a.jpg 1", r"train\.txt: line 4: a\.jpg has two grades"),
    ],
)
def test_wrong_list_is_refused(folder, line, message):
    with (folder / "DR_grading/train.txt").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(UserError, match=message):
        OfficialFolder(folder).grading()


def test_one_photograph_in_two_splits_is_refused(folder, write_fundus):
    write_fundus(folder / "DR_grading/test/a.jpg")
    (folder / "DR_grading/test.txt").write_text("a.jpg 0\nf.jpg 4\n")
    with pytest.raises(UserError, match=r"two splits: .*train/a.*test/a"):
        OfficialFolder(folder).grading()


@pytest.mark.parametrize(
    ("removed", "part"),
    [
        ("DR_grading/valid", "grading"),
        ("DR_grading/valid.txt", "grading"),
        ("lesion_segmentation/train/image", "segmentation"),
        ("lesion_segmentation/train/label/EX", "segmentation"),
        ("lesion_segmentation/valid/segmentation label", "segmentation"),
    ],
)
def test_wrong_layout_says_what_was_expected_where(folder, removed, part):
    (folder / removed).rename(folder / "elsewhere")
    expected = removed.replace("segmentation label", "label")
    with pytest.raises(UserError, match=f"{expected}: no such") as caught:
        getattr(OfficialFolder(folder), part)()
    assert "\n" not in str(caught.value)


def test_archive_and_foreign_folder_are_told_apart(tmp_path):
    with pytest.raises(UserError, match="expected DDR's folders"):
        OfficialFolder(tmp_path)
    (tmp_path / "DDR-dataset.zip.001").touch()
    with pytest.raises(UserError, match=r"zip\.001: an archive; unpack"):
        OfficialFolder(tmp_path)


def test_records_that_were_made_before_are_told_once(
    folder, tmp_path, capfd, monkeypatch
):
    run = RunConfig(manual_dir=str(folder), data_dir=str(tmp_path / "data"))
    config = Config(run=run, data=DataConfig(high_res_size=256))
    records.builder(config, "ddr/segmentation")
    records.builder(config, "ddr/segmentation")
    assert "using the records" not in capfd.readouterr().err
    # Another command, later.
    monkeypatch.setattr(building, "_opened", set())
    records.builder(config, "ddr/segmentation")
    records.builder(config, "ddr/segmentation")
    told = capfd.readouterr().err
    assert told.count("none of their files has changed") == 1


def test_quality_is_a_column(folder, joint, samples):
    row = samples(joint, "train")["a"]
    photograph = read_photograph(folder / "DR_grading/train/a.jpg")
    expected = measure_quality(photograph, find_field_of_view(photograph))
    # A record holds these of the measures.
    names = {"sharpness", "brightness", "overexposed", "field"}
    assert set(row["quality"]) == names
    for name in names:
        value = getattr(expected, name)
        assert row["quality"][name] == pytest.approx(value, rel=1e-6)
