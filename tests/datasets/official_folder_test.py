"""Official folders that were unpacked one folder too deep: one line."""

import numpy as np
import pytest
from PIL import Image

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.ddr.folder import OfficialFolder as Ddr
from dmtdr_tf_datasets.eyepacs.folder import OfficialFolder as EyePacs
from dmtdr_tf_datasets.idrid.folder import OfficialFolder as Idrid

LESIONS = ("MA", "HE", "SE", "EX")


def _push_down(folder):
    """Moves what a folder holds into a folder of the same name in it."""
    entries = list(folder.iterdir())
    deeper = folder / folder.name
    deeper.mkdir()
    for entry in entries:
        entry.rename(deeper / entry.name)


@pytest.fixture
def eyepacs(tmp_path, write_fundus):
    root = tmp_path / "downloads"
    names = [f"{patient}_left" for patient in range(50)]
    for name in names:
        write_fundus(root / f"train/{name}.jpeg")
    lines = "".join(f"{name},0\n" for name in names)
    (root / "trainLabels.csv").write_text("image,level\n" + lines)
    return root


@pytest.fixture
def ddr(tmp_path, write_fundus):
    root = tmp_path / "DDR-dataset"
    for split in ("train", "valid", "test"):
        write_fundus(root / f"DR_grading/{split}/{split}_a.jpg")
        table = root / f"DR_grading/{split}.txt"
        table.write_text(f"{split}_a.jpg 1\n")
        part = root / "lesion_segmentation" / split
        write_fundus(part / f"image/{split}_a.jpg")
        for lesion in LESIONS:
            _write_mask(part / f"label/{lesion}/{split}_a.tif")
    return root


@pytest.fixture
def idrid_folder(tmp_path, write_fundus):
    root = tmp_path / "IDRiD"
    part, split = root / "A. Segmentation", "a. Training Set"
    write_fundus(part / "1. Original Images" / split / "IDRiD_01.jpg")
    masks = part / "2. All Segmentation Groundtruths" / split
    for folder, suffix in (
        ("1. Microaneurysms", "MA"),
        ("2. Haemorrhages", "HE"),
        ("3. Hard Exudates", "EX"),
        ("4. Soft Exudates", "SE"),
    ):
        _write_mask(masks / folder / f"IDRiD_01_{suffix}.tif")
    part = root / "B. Disease Grading"
    write_fundus(part / "1. Original Images" / split / "IDRiD_001.jpg")
    tables = part / "2. Groundtruths"
    tables.mkdir()
    (tables / "a. IDRiD_Disease Grading_Training Labels.csv").write_text(
        "Image name,Retinopathy grade,Risk of macular edema\nIDRiD_001,3,2\n"
    )
    return root


def _write_mask(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.eye(100, 150, dtype=np.uint8) * 255).save(path)


def _expect_one_line(read, deeper, up, capfd):
    with pytest.raises(UserError) as caught:
        read()
    assert str(caught.value).startswith(f"{deeper}: ")
    assert str(caught.value).endswith(
        f"one folder too deep; move them up into {up}"
    )
    assert capfd.readouterr().err == ""


def test_eyepacs(eyepacs, capfd):
    assert len(EyePacs(eyepacs).photographs()) == 50
    capfd.readouterr()
    train = eyepacs / "train"
    _push_down(train)
    _expect_one_line(
        EyePacs(eyepacs).photographs, train / "train", train, capfd
    )


@pytest.mark.parametrize(
    ("method", "folder", "named"),
    [
        ("grading", "DR_grading/train", "DR_grading/train/train"),
        ("grading", "DR_grading", "DR_grading/DR_grading"),
        (
            "segmentation",
            "lesion_segmentation/valid/image",
            "lesion_segmentation/valid/image/image",
        ),
        (
            "segmentation",
            "lesion_segmentation/test/label/MA",
            "lesion_segmentation/test/label/MA/MA",
        ),
        (
            "segmentation",
            "lesion_segmentation/test/label",
            "lesion_segmentation/test/label/label",
        ),
    ],
)
def test_ddr(ddr, capfd, method, folder, named):
    assert len(getattr(Ddr(ddr), method)()) == 3
    _push_down(ddr / folder)
    _expect_one_line(
        getattr(Ddr(ddr), method), ddr / named, ddr / folder, capfd
    )


@pytest.mark.parametrize(
    "folder",
    [
        "A. Segmentation",
        "B. Disease Grading",
        "A. Segmentation/1. Original Images/a. Training Set",
        "B. Disease Grading/1. Original Images/a. Training Set",
        "A. Segmentation/2. All Segmentation Groundtruths/a. Training Set",
        "A. Segmentation/2. All Segmentation Groundtruths/a. Training Set/"
        "2. Haemorrhages",
    ],
)
def test_idrid(idrid_folder, capfd, folder):
    Idrid(idrid_folder)
    path = idrid_folder / folder
    _push_down(path)
    _expect_one_line(lambda: Idrid(idrid_folder), path / path.name, path, capfd)


def test_folder_above_or_below_is_named(eyepacs, ddr, idrid_folder, tmp_path):
    for read, root, part in (
        (EyePacs, eyepacs, "train"),
        (Ddr, ddr, "DR_grading"),
        (Idrid, idrid_folder, "A. Segmentation"),
    ):
        with pytest.raises(UserError, match=f"give the folder above, {root}$"):
            read(root / part)
        outer = tmp_path / "outer" / root.name
        outer.mkdir(parents=True)
        root.rename(outer / "unpacked")
        with pytest.raises(UserError, match=f"give {outer}/unpacked$"):
            read(outer)
