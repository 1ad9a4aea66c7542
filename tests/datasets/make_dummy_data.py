"""Draws the dummy data of the builders, in the official layouts.

    python tests/datasets/make_dummy_data.py

writes `datasets/*/dummy_data/`, which is in the repository as TFDS wants it.
"""

import pathlib
import shutil

import cv2
import numpy as np
from PIL import Image

from dmtdr_tf_datasets.idrid import folder as idrid

DATASETS = pathlib.Path(__file__).parents[2] / "datasets"
HEIGHT, WIDTH = 40, 60


def photograph(path: pathlib.Path) -> None:
    """Draws a disc with a bright spot, cut off above and below."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    cv2.circle(image, (WIDTH // 2, HEIGHT // 2), 24, (40, 90, 180), -1)
    cv2.circle(image, (40, 18), 4, (120, 190, 230), -1)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image, [cv2.IMWRITE_JPEG_QUALITY, 70])


def mask(path: pathlib.Path, drawn: bool, palette: bool = False) -> None:
    """Writes a TIFF mask, of one lesion or empty."""
    lesion = np.zeros((HEIGHT, WIDTH), np.uint8)
    lesion[12:16, 20:24] = drawn * (1 if palette else 255)
    image = Image.fromarray(lesion, "P" if palette else "L")
    if palette:
        image.putpalette([0, 0, 0, 255, 0, 0])
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, compression="tiff_lzw")


def ddr(root: pathlib.Path) -> None:
    """Two graded photographs a split, one of them ungradable, one masked."""
    for number, split in enumerate(("train", "valid", "test")):
        grades = {f"{split}_a": number, f"{split}_b": 5}
        for name in grades:
            photograph(root / f"DR_grading/{split}/{name}.jpg")
        lines = [f"{name}.jpg {grade}\n" for name, grade in grades.items()]
        (root / f"DR_grading/{split}.txt").write_text("".join(lines))
        part = root / "lesion_segmentation" / split
        photograph(part / f"image/{split}_a.jpg")
        label = "segmentation label" if split == "valid" else "label"
        for lesion in ("EX", "HE", "MA", "SE"):
            mask(part / label / lesion / f"{split}_a.tif", lesion != "SE")


def eyepacs(root: pathlib.Path) -> None:
    """Both eyes of a patient a split."""
    tables = {
        "train": ("trainLabels.csv", "image,level\n", {"10": ""}),
        "test": (
            "retinopathy_solution.csv",
            "image,level,Usage\n",
            {"1": ",Private", "2": ",Public"},
        ),
    }
    for folder, (table, text, patients) in tables.items():
        for patient, usage in patients.items():
            for grade, side in enumerate(("left", "right")):
                photograph(root / f"{folder}/{patient}_{side}.jpeg")
                text += f"{patient}_{side},{grade}{usage}\n"
        (root / table).write_text(text)


def idrid_folder(root: pathlib.Path) -> None:
    """Three masked and two graded photographs of the training parts."""
    train = idrid.SPLIT_FOLDERS["train"]
    for name in ("01", "04", "06"):
        photograph(
            root
            / idrid.SEGMENTATION
            / idrid.IMAGES
            / train
            / f"IDRiD_{name}.jpg"
        )
    for lesion, suffix in idrid.LESION_FOLDERS:
        folder = root / idrid.SEGMENTATION / idrid.MASKS / train / lesion
        mask(folder / f"IDRiD_01_{suffix}.tif", True, palette=True)
    grades = {"102": 3, "045": 0}
    graded = root / idrid.GRADING / idrid.IMAGES / train
    for name in grades:
        photograph(graded / f"IDRiD_{name}.jpg")
    rows = [f"IDRiD_{name},{grade},1,\n" for name, grade in grades.items()]
    table = root / idrid.GRADING / idrid.TABLES / idrid.TABLE_NAMES["train"]
    table.parent.mkdir(parents=True, exist_ok=True)
    header = "Image name,Retinopathy grade,Risk of macular edema ,\n"
    table.write_text(header + "".join(rows))


def main() -> None:
    """Writes every builder's dummy data anew."""
    drawers = {"ddr": ddr, "eyepacs": eyepacs, "idrid": idrid_folder}
    for name, draw in drawers.items():
        root = DATASETS / name / "dummy_data"
        shutil.rmtree(root, ignore_errors=True)
        draw(root)
        files = [path for path in root.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        print(f"{root}: {len(files)} files, {size / 1000:.1f} kB")


if __name__ == "__main__":
    main()
