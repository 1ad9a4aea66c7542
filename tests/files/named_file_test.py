"""Files by the names that tables give them."""

import os
import unicodedata

from dmtdr_tf.files.named_file import find_file, is_inside, why_missing


def test_either_form_of_a_name_finds_the_file(tmp_path):
    composed = unicodedata.normalize("NFC", "Müller/é.jpg")
    apart = unicodedata.normalize("NFD", composed)
    for written, asked in ((composed, apart), (apart, composed)):
        folder = tmp_path / ascii(written)[:5]
        (folder / written).parent.mkdir(parents=True)
        (folder / written).touch()
        assert find_file(folder, asked) == folder / written
        assert find_file(folder, written) == folder / written


def test_two_forms_on_one_disk_stay_apart(tmp_path):
    for form in ("NFC", "NFD"):
        name = unicodedata.normalize(form, "é.jpg")
        (tmp_path / name).touch()
    for form in ("NFC", "NFD"):
        name = unicodedata.normalize(form, "é.jpg")
        assert find_file(tmp_path, name).name == name


def test_missing_file_stays_as_it_was_named(tmp_path):
    for name in ("b/é.jpg", "é" * 300):
        assert find_file(tmp_path, name) == tmp_path / name


def test_reason_and_what_may_be_meant(tmp_path):
    (tmp_path / "A.JPG").touch()
    (tmp_path / "folder").mkdir()
    os.symlink("nowhere", tmp_path / "link")
    os.mkfifo(tmp_path / "pipe")
    assert why_missing(tmp_path / "A.JPG") == ""
    assert why_missing(tmp_path / "a.jpg") == (
        "no such file; the folder has 'A.JPG'"
    )
    assert why_missing(tmp_path / "b.jpg") == "no such file"
    assert why_missing(tmp_path / "no/b.jpg") == "no such file"
    assert "a folder" in why_missing(tmp_path / "folder")
    assert "a link" in why_missing(tmp_path / "link")
    assert "not a regular" in why_missing(tmp_path / "pipe")
    assert why_missing(tmp_path / ("a" * 300)) == "no such file"
    assert why_missing(tmp_path / ("é" * 300) / "a.jpg") == "no such file"
    assert "write / instead" in why_missing(tmp_path / "a\\A.JPG")


def test_inside_is_by_the_path_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_inside("clinic", tmp_path / "clinic/a.jpg")
    assert is_inside("clinic", tmp_path / "clinic/b/../a.jpg")
    assert not is_inside("clinic", tmp_path / "clinic/../a.jpg")
    assert not is_inside("clinic", tmp_path / "clinic2/a.jpg")
