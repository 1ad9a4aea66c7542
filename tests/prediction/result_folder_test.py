import cv2
import numpy as np

from dmtdr_tf.drawing.overlays import LESION_COLORS
from dmtdr_tf.prediction.finding import table_header, table_row
from dmtdr_tf.prediction.result_folder import (
    RESULT_FILES,
    foreign_entry,
    unique_folder,
    write_results,
)


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_writes_every_picture(prediction, tmp_path):
    masks = prediction.lesion_masks()
    write_results(tmp_path / "eye", prediction, masks)
    names = sorted(p.name for p in (tmp_path / "eye").iterdir())
    assert names == sorted(RESULT_FILES)
    mask = read(tmp_path / "eye" / "lesions_HM.png")
    np.testing.assert_array_equal(mask, masks[..., 1] * np.uint8(255))
    evidence = read(tmp_path / "eye" / "evidence.png")
    np.testing.assert_array_equal(evidence, prediction.whole_evidence())
    restored = read(tmp_path / "eye" / "super_resolution.png")
    assert restored.shape == (32, 32, 3)
    assert (restored == 128).all()
    overlay = read(tmp_path / "eye" / "overlay.jpg")[..., ::-1].astype(int)
    assert overlay.shape == (40, 64, 3)
    # The outline of the larger haemorrhage, beside its left column.
    near = overlay[24:28, 35] - LESION_COLORS[1]
    assert np.abs(near).mean() < 25


def test_folders_never_collide():
    taken = {"index.html"}
    names = [
        unique_folder(stem, taken)
        for stem in ("eye", "Eye", "eye-2", "eye", "index.html", "..", "a.")
    ]
    assert names == [
        "eye",
        "Eye-2",
        "eye-2-2",
        "eye-3",
        "index.html-2",
        "photograph",
        "a",
    ]
    assert len({name.lower() for name in names}) == len(names)


def earlier_prediction(folder, prediction):
    masks = prediction.lesion_masks()
    write_results(folder / "eye", prediction, masks)
    row = table_row(prediction.finding("eye.jpg", "eye", masks))
    lines = (",".join(cells) for cells in (table_header(), row))
    (folder / "predictions.csv").write_text("\n".join(lines))
    (folder / "index.html").touch()


def test_only_an_earlier_prediction_may_be_replaced(prediction, tmp_path):
    output = tmp_path / "out"
    assert foreign_entry(output) is None
    output.mkdir()
    assert foreign_entry(output) is None
    earlier_prediction(output, prediction)
    assert foreign_entry(output) is None
    (output / "eye" / "note.txt").touch()
    assert foreign_entry(output) == output / "eye" / "note.txt"
    (output / "eye" / "note.txt").unlink()
    (output / "thesis").mkdir()
    assert foreign_entry(output) == output / "thesis"
    (tmp_path / "file").touch()
    assert foreign_entry(tmp_path / "file") == tmp_path / "file"
    (output / "predictions.csv").write_bytes(b"\xff\xfe,\n")
    assert foreign_entry(output) == output / "eye"
