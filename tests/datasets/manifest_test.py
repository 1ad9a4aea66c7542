"""Records are made anew, or it is said, when their files change."""

import os
import shutil

import cv2
import numpy as np
import pytest

from dmtdr_tf.config import Config, DataConfig, RunConfig
from dmtdr_tf.data import building, records
from dmtdr_tf_datasets import photograph_builder
from dmtdr_tf_datasets.manifest import Manifest

TABLE = "photograph,patient,split,grade,HE\n" + "".join(
    f"{name}.jpg,{name},{split},2,{name}.png\n"
    for name, split in (("a", "train"), ("b", "validation"), ("c", "test"))
)


@pytest.fixture
def folder(tmp_path, write_fundus):
    root = tmp_path / "clinic"
    for name in "abc":
        write_fundus(root / f"{name}.jpg")
        _write_mask(root / f"{name}.png", 5)
    (root / "photographs.csv").write_text(TABLE)
    return root


@pytest.fixture
def opened(folder, tmp_path, monkeypatch, capfd):
    """Opens the records as another command would; returns what it says."""

    def opened(manual_dir=folder, dataset="folder", size=128):
        monkeypatch.setattr(building, "_opened", set())
        capfd.readouterr()
        run = RunConfig(
            manual_dir=str(manual_dir), data_dir=str(tmp_path / "data")
        )
        config = Config(run=run, data=DataConfig(high_res_size=size))
        made = records.builder(config, dataset)
        told = capfd.readouterr().err.splitlines()
        return made, [line for line in told if line.startswith(f"{dataset}: ")]

    return opened


def _write_mask(path, radius):
    mask = np.zeros((100, 150), np.uint8)
    cv2.imwrite(str(path), cv2.circle(mask, (75, 50), radius, 255, -1))


def _area(made, samples):
    return int(samples(made, "train")["a.jpg"]["lesions"].any(-1).sum())


def test_changed_mask_is_prepared_again(folder, opened, samples):
    first, told = opened()
    small = _area(first, samples)
    assert told == []
    _, told = opened()
    assert told == [
        f"folder: using the records in {first.data_dir}; none of their files "
        "has changed"
    ]
    _write_mask(folder / "a.png", 20)
    second, told = opened()
    assert told[0] == (
        "folder: since the records were prepared: 1 changed (such as a.jpg); "
        "preparing them again"
    )
    assert _area(second, samples) > 4 * small
    _, told = opened()
    assert "none of their files has changed" in told[0]


def test_copy_with_another_time_is_the_same_file(folder, opened):
    opened()
    for file in folder.iterdir():
        os.utime(file, ns=(1, 1))
    _, told = opened()
    assert "none of their files has changed" in told[0]


def test_change_of_the_same_size_is_noticed(folder, opened):
    opened()
    data = bytearray((folder / "a.jpg").read_bytes())
    data[-3] ^= 1
    (folder / "a.jpg").write_bytes(data)
    os.utime(folder / "a.jpg", ns=(1, 1))
    assert "1 changed (such as a.jpg)" in opened()[1][0]


def test_removed_photograph_is_told_and_its_record_kept(
    folder, opened, samples
):
    opened()
    (folder / "a.jpg").rename(folder / "z.jpg")
    made, told = opened()
    assert "1 removed (such as a.jpg); delete that folder" in told[0]
    assert _area(made, samples)
    (folder / "z.jpg").rename(folder / "a.jpg")
    assert "none of their files has changed" in opened()[1][0]


def test_added_photograph_is_prepared(tmp_path, opened, write_fundus, samples):
    root = tmp_path / "eyepacs"
    for name in ("1_left", "2_left"):
        write_fundus(root / "train" / f"{name}.jpeg")
    table = root / "trainLabels.csv"
    table.write_text("image,level\n1_left,0\n2_left,1\n3_left,2\n")
    opened(root, "eyepacs", 256)
    write_fundus(root / "train/3_left.jpeg")
    # The folder that it was made from need not be given.
    made, told = opened("", "eyepacs", 256)
    assert "1 added (such as 3_left)" in told[0]
    assert samples(made, "train")["3_left"]["grade"] == 2
    table.write_text("image,level\n1_left,0\n2_left,1\n3_left,4\n")
    made, told = opened(root, "eyepacs", 256)
    assert "1 changed (such as 3_left)" in told[0]
    assert samples(made, "train")["3_left"]["grade"] == 4
    # Given another folder, of which it can say nothing.
    _, told = opened(tmp_path / "gone", "eyepacs", 256)
    assert "their files cannot be compared" in told[0]
    shutil.rmtree(root)
    assert opened("", "eyepacs", 256)[1] == []


def test_failed_build_keeps_the_records(folder, opened, monkeypatch, samples):
    first, _ = opened()
    area = _area(first, samples)
    _write_mask(folder / "a.png", 20)
    with monkeypatch.context() as patch:
        patch.setattr(photograph_builder, "prepare_sample", None)
        with pytest.raises(TypeError):
            opened()
    assert _area(first, samples) == area
    made, told = opened()
    assert "preparing them again" in told[0]
    assert _area(made, samples) > area
    left = os.listdir(os.path.dirname(made.data_dir))
    assert left == [os.path.basename(made.data_dir)]


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"root": 1}'])
def test_records_without_a_manifest_are_told_and_kept(folder, opened, content):
    first, _ = opened()
    file = os.path.join(first.data_dir, "sources.json")
    os.remove(file)
    if content is not None:
        with open(file, "w") as damaged:
            damaged.write(content)
    _write_mask(folder / "a.png", 20)
    _, told = opened()
    assert len(told) == 1
    assert "do not say which files they were made from" in told[0]


def test_file_that_changes_during_the_build_counts_as_changed(folder, opened):
    made, _ = opened()
    before = Manifest.load(made.data_dir)
    listing = made.list_photographs()
    early = Manifest.of(listing.root, listing.sources)
    _write_mask(folder / "b.png", 9)
    early.save(made.data_dir)
    now = Manifest.of(listing.root, listing.sources)
    assert Manifest.load(made.data_dir).changes(now).changed == ["b.jpg"]
    assert before.changes(now).changed == ["b.jpg"]


def test_relative_folder_is_compared_too(folder, opened, monkeypatch):
    monkeypatch.chdir(folder.parent)
    opened(folder.name)
    _write_mask(folder / "a.png", 20)
    assert "1 changed (such as a.jpg)" in opened(folder.name)[1][0]
    monkeypatch.chdir(folder)
    assert "none of their files has changed" in opened("../clinic")[1][0]
