from dmtdr_tf.prediction.finding import table_header, table_row
from dmtdr_tf.prediction.result_folder import (
    foreign_entry,
    unique_folder,
)


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
    prediction.save(folder / "eye")
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
