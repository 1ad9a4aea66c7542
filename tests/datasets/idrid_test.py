"""The IDRiD builder on a small official folder, written here."""

import collections
import hashlib

import cv2
import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.idrid import folder as layout
from dmtdr_tf_datasets.idrid.eyes import read_photographs
from dmtdr_tf_datasets.idrid.folder import OfficialFolder
from dmtdr_tf_datasets.idrid.idrid_dataset_builder import Builder

HEIGHT, WIDTH, RADIUS = 100, 150, 60
# Official name -> where its lesion is drawn (x, y), 12 pixels across.
LESIONS = {
    "1. Microaneurysms/IDRiD_01_MA": (50, 30),
    "2. Haemorrhages/IDRiD_01_HE": (100, 30),
    "4. Soft Exudates/IDRiD_01_SE": (50, 70),
    "3. Hard Exudates/IDRiD_01_EX": (100, 70),
    "1. Microaneurysms/IDRiD_04_MA": (75, 50),
}
# By our list: segmentation IDRiD_01 is grading IDRiD_102, IDRiD_04 is not
# graded, IDRiD_06 is a validation eye; grading 021 and 391 are one photograph
# with two grades, 045 and 333 one with one grade.
GRADES = {"102": 3, "021": 2, "391": 4, "045": 0, "333": 0, "007": 1}
SEGMENTATION = ("01", "04", "06")


def _fundus(radius=RADIUS):
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    cv2.circle(image, (WIDTH // 2, HEIGHT // 2), radius, (40, 90, 180), -1)
    return image


def _write_mask(path, centre):
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    x, y = centre
    mask[y - 6 : y + 6, x - 6 : x + 6] = 1
    image = Image.fromarray(mask, "P")
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.save(path, compression="tiff_lzw")


def _folder(root):
    """Writes the official layout: training parts, tables as published."""
    train = layout.SPLIT_FOLDERS["train"]
    images = root / layout.SEGMENTATION / layout.IMAGES / train
    grading = root / layout.GRADING / layout.IMAGES / train
    masks = root / layout.SEGMENTATION / layout.MASKS / train
    for path in (images, grading, root / layout.GRADING / layout.TABLES):
        path.mkdir(parents=True)
    for lesion, _ in layout.LESION_FOLDERS:
        (masks / lesion).mkdir(parents=True)
    for name in SEGMENTATION:
        cv2.imwrite(str(images / f"IDRiD_{name}.jpg"), _fundus())
    for name in GRADES:
        cv2.imwrite(str(grading / f"IDRiD_{name}.jpg"), _fundus())
    for name, centre in LESIONS.items():
        _write_mask(masks / f"{name}.tif", centre)
    rows = [f"IDRiD_{n},{g},1,,,,,,,,,\r\n" for n, g in GRADES.items()]
    header = "Image name,Retinopathy grade,Risk of macular edema ,,,,,,,,,\r\n"
    table = root / layout.GRADING / layout.TABLES / layout.TABLE_NAMES["train"]
    table.write_bytes((header + "".join(rows) + ",,,\r\n").encode())
    return root


def _build(data_dir, manual_dir, size="128"):
    builder = Builder(config=size, data_dir=data_dir)
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(manual_dir=manual_dir)
    )
    return builder


def _samples(builder, split):
    samples = tfds.as_numpy(builder.as_dataset(split=split))
    return {sample["name"].decode(): sample for sample in samples}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = _folder(tmp_path_factory.mktemp("manual"))
    return _build(tmp_path_factory.mktemp("data"), root)


@pytest.fixture
def folder(tmp_path):
    return _folder(tmp_path / "idrid")


def test_each_distinct_photograph_is_one_sample(built):
    assert set(built.info.splits) == {"train", "validation"}
    assert set(_samples(built, "train")) == {
        "segmentation/train/IDRiD_01",
        "segmentation/train/IDRiD_04",
        "grading/train/IDRiD_045",
    }
    assert set(_samples(built, "validation")) == {
        "segmentation/train/IDRiD_06",
        "grading/train/IDRiD_007",
    }


def test_masked_photograph_gets_its_grade_across_the_numberings(built):
    train = _samples(built, "train")
    assert train["segmentation/train/IDRiD_01"]["grade"] == 3
    assert train["segmentation/train/IDRiD_04"]["grade"] == -1
    assert train["grading/train/IDRiD_045"]["grade"] == 0
    assert train["segmentation/train/IDRiD_01"]["eye"] == b"e000"


def test_official_parts_are_as_they_are(folder, tmp_path):
    grading = _build(tmp_path, folder, "grading_128")
    assert {k: v["grade"] for k, v in _samples(grading, "train").items()} == {
        f"grading/train/IDRiD_{name}": grade for name, grade in GRADES.items()
    }
    masked = _build(tmp_path, folder, "segmentation_128")
    found = _samples(masked, "train")
    assert set(found) == {f"segmentation/train/IDRiD_{n}" for n in SEGMENTATION}
    assert {(s["grade"], s["has_lesions"]) for s in found.values()} == {
        (-1, True)
    }


def test_official_parts_have_the_published_numbers(folder):
    official = OfficialFolder(folder)
    counts = {
        part: collections.Counter(
            split for (split, _), _ in official.official(part)
        )
        for part in ("segmentation", "grading")
    }
    assert counts == {
        "segmentation": {"train": 54, "test": 27},
        "grading": {"train": 413, "test": 103},
    }


def test_no_annotation_is_not_an_empty_annotation(built):
    train, validation = (
        _samples(built, split) for split in ("train", "validation")
    )
    # Without any mask file: annotated, and nothing found.
    empty = validation["segmentation/train/IDRiD_06"]
    assert empty["has_lesions"]
    assert not empty["lesions"].any()
    unknown = train["grading/train/IDRiD_045"]
    assert not unknown["has_lesions"]
    assert not unknown["lesions"].any()
    one = train["segmentation/train/IDRiD_04"]
    assert (
        one["lesions"].any(axis=(0, 1)).tolist() == [True, False] + [False] * 2
    )


def test_masks_lie_in_our_order_where_they_were_drawn(built):
    sample = _samples(built, "train")["segmentation/train/IDRiD_01"]
    lesions, photograph = sample["lesions"], sample["photograph"]
    assert set(np.unique(lesions)) == {0, 255}
    # The square is 121 pixels wide about (75, 50): cells of 121 / 128.
    for channel, lesion in enumerate(("MA", "HE", "SE", "EX")):
        (centre,) = (
            value
            for key, value in LESIONS.items()
            if key.endswith(f"01_{lesion}")
        )
        cells = np.argwhere(lesions[..., channel]).mean(axis=0)
        expected = (np.array(centre) - (75, 50)) * 128 / 121 + 64
        np.testing.assert_allclose(cells[::-1], expected, atol=1.6)
        assert abs((lesions[..., channel] > 0).sum() - 12.7**2) < 30
    # RGB, not BGR; padded above the cut-off disc.
    assert np.abs(photograph[64, 64].astype(int) - (180, 90, 40)).max() < 8
    assert photograph[2, 64].max() == 0


def test_numbers_absent_and_left_out_are_told_in_one_line(
    folder, tmp_path, capfd
):
    # The parent of an idrid/ folder will do.
    _build(tmp_path / "data", folder.parent)
    told = [x for x in capfd.readouterr().err.splitlines() if "idrid: " in x]
    # 531 photographs; there are 01, 04, 06, 045, 007 and the contradictory.
    assert told == [
        f"idrid: 525 of 531 photographs are not in {folder}; 1 left out, "
        "because their grades are contradictory or missing",
        "idrid: no photograph in split 'test'",
    ]


def test_contradictory_grade_is_unknown_but_masks_are_kept(folder):
    official = OfficialFolder(folder)
    by_identifier = {p.identifier: p for p in read_photographs()}
    source = official.files(by_identifier["grd_train_021"])
    assert (source.grade, source.masks) == (-1, ())
    # Not in our list of conflicts, but this user's table has one.
    table = next(folder.glob("B*/2*/a*.csv"))
    text = table.read_text().replace("IDRiD_333,0", "IDRiD_333,2")
    table.write_text(text)
    changed = OfficialFolder(folder)
    assert changed.files(by_identifier["grd_train_045"]).grade == -1
    # Segmentation 69 is grading 028 and 327, of two grades.
    assert by_identifier["seg_69"].grades_conflict
    assert by_identifier["seg_69"].grading == (
        ("train", "IDRiD_028"),
        ("train", "IDRiD_327"),
    )


def test_graded_copy_stands_in_for_an_absent_masked_photograph(folder):
    next(folder.glob("A*/1*/*/IDRiD_01.jpg")).unlink()
    photograph = next(p for p in read_photographs() if p.identifier == "seg_01")
    source = OfficialFolder(folder).files(photograph)
    assert source.image.name == "IDRiD_102.jpg"
    assert (source.grade, source.masks) == (3, ())


def test_bad_files_are_skipped_named_and_counted(folder, tmp_path, capfd):
    cut = next(folder.glob("A*/1*/*/IDRiD_04.jpg"))
    cut.write_bytes(cut.read_bytes()[:-200])
    no_image = next(folder.glob("B*/1*/*/IDRiD_045.jpg"))
    no_image.write_bytes(b"404 Not Found")
    black = next(folder.glob("B*/1*/*/IDRiD_007.jpg"))
    cv2.imwrite(str(black), np.zeros((50, 50, 3), np.uint8))
    builder = _build(tmp_path / "data", folder)
    assert builder.info.splits["train"].num_examples == 1
    assert builder.info.splits["validation"].num_examples == 1
    told = capfd.readouterr().err
    assert f"skipped: {cut}: the JPEG file is cut short" in told
    assert f"skipped: {no_image}: not a JPEG" in told
    assert f"skipped: {black}: the photograph shows no field" in told
    assert "skipped 2 of 3 photographs of split 'train'" in told
    assert "skipped 1 of 2 photographs of split 'validation'" in told


def test_mask_of_another_size_is_skipped(folder, tmp_path, capfd):
    mask = next(folder.glob("A*/2*/*/1*/IDRiD_04_MA.tif"))
    Image.fromarray(np.ones((10, 20), np.uint8)).save(mask)
    builder = _build(tmp_path / "data", folder)
    assert builder.info.splits["train"].num_examples == 2
    assert (
        f"{mask}: the mask has 20 x 10 pixels, its photograph 150 x 100"
        in capfd.readouterr().err
    )


def test_all_bad_is_an_error_and_leaves_nothing(folder, tmp_path):
    for path in folder.glob("*/1*/*/*.jpg"):
        path.write_bytes(b"")
    with pytest.raises(
        UserError, match="idrid: no photograph can be used; the first"
    ):
        _build(tmp_path / "data", folder)
    assert not list((tmp_path / "data").rglob("*.tfrecord*"))
    assert not (tmp_path / "data/idrid/128/1.0.0").exists()


@pytest.mark.parametrize(
    ("removed", "expected"),
    [
        ("A. Segmentation", "A. Segmentation: no such folder"),
        ("B. Disease Grading", "B. Disease Grading: no such folder"),
        ("A. Segmentation/1. Original Images", "1. Original Images: no such"),
        ("B. Disease Grading/2. Groundtruths", "Training Labels.csv: no such"),
        (
            "A. Segmentation/2. All Segmentation Groundtruths/"
            "a. Training Set/4. Soft Exudates",
            "4. Soft Exudates: no such folder",
        ),
    ],
)
def test_wrong_layout_says_what_was_expected_where(folder, removed, expected):
    (folder / removed).rename(folder / "elsewhere")
    with pytest.raises(UserError, match=expected) as caught:
        OfficialFolder(folder)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(UserError, match="expected IDRiD's folders"):
        OfficialFolder(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Image name", "file", "line 1: no column 'Image name'"),
        ("IDRiD_102,3", "IDRiD_102,5", "IDRiD_102 has grade '5'"),
        ("IDRiD_102,3", "IDRiD_102,", "IDRiD_102 has grade ''"),
    ],
)
def test_wrong_table_is_refused(folder, old, new, expected):
    table = next(folder.glob("B*/2*/a*.csv"))
    table.write_text(table.read_text().replace(old, new))
    with pytest.raises(UserError, match=expected):
        OfficialFolder(folder)


def test_folder_without_known_photographs_is_refused(folder, tmp_path):
    for path in folder.glob("*/1*/*/*.jpg"):
        path.rename(path.with_name("my_" + path.name))
    with pytest.raises(UserError, match="none of IDRiD's photographs"):
        _build(tmp_path / "data", folder)


def test_eyes_are_on_one_side_and_official_names_are_unique():
    photographs = read_photographs()
    assert len(photographs) == 531
    sides = collections.defaultdict(set)
    for photograph in photographs:
        sides[photograph.eye].add(photograph.split)
    assert len(sides) == 510
    assert all(len(splits) == 1 for splits in sides.values())
    names = [p.segmentation for p in photographs if p.segmentation]
    assert len(set(names)) == len(names) == 81
    names = [name for p in photographs for name in p.grading]
    assert len(set(names)) == len(names) == 516
    # The official test photographs never train.
    for photograph in photographs:
        official = {split for split, _ in photograph.grading}
        if photograph.segmentation:
            official.add(photograph.segmentation[0])
        if "test" in official:
            assert photograph.split == "test"


def test_validation_is_a_fifth_of_the_eyes_and_of_the_masks():
    photographs = [p for p in read_photographs() if p.split != "test"]
    eyes = {p.eye: p.split for p in photographs}
    share = collections.Counter(eyes.values())
    assert share == {"train": 305, "validation": 77}
    masked = collections.Counter(p.split for p in photographs if p.segmentation)
    assert masked == {"train": 41, "validation": 10}


def test_names_sort_the_ungraded_masked_eyes_as_written_down():
    # The README's rule, where no label is needed: the first fifth by SHA-256.
    photographs = [p for p in read_photographs() if p.split != "test"]
    graded = {p.eye for p in photographs if p.grading}
    stratum = [p for p in photographs if p.eye not in graded]
    stratum.sort(key=lambda p: hashlib.sha256(p.eye.encode()).hexdigest())
    assert [p.split for p in stratum] == ["validation"] + ["train"] * 4


def test_real_folder_holds_what_its_description_says(idrid):
    official = OfficialFolder(idrid)
    found = [s for s in map(official.files, read_photographs()) if s]
    assert {s.photograph.split for s in found} == {"train", "validation"}
    masked = [s for s in found if s.masks]
    assert len(masked) == 51
    # Files of MA, HM, SE, HE.
    files = [sum(s.masks[k] is not None for s in masked) for k in range(4)]
    assert files == [51, 50, 24, 51]
    validation = [s for s in masked if s.photograph.split == "validation"]
    assert sum(s.masks[2] is not None for s in validation) == 5
    grades = collections.Counter(s.grade for s in found)
    assert grades == {0: 133, 1: 18, 2: 124, 3: 62, 4: 45, -1: 10}
