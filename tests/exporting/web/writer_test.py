import dataclasses
import json
import re

import pytest

from dmtdr_tf.drawing.overlays import color_map
from dmtdr_tf.drawing.pictures import to_uint8
from dmtdr_tf.exporting.web import writer as web
from dmtdr_tf.exporting.web.writer import export_web
from dmtdr_tf.files.errors import UserError

BUILT = {
    "index.html": "<!doctype html>",
    "worker.js": "work()",
    "service_worker.js": "keep()",
    "wasm/litert_wasm_internal.js": "start()",
    "wasm/litert_wasm_internal.wasm": "code",
}


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Stands for what `make page` builds: the same kinds of files, small."""
    folder = tmp_path / "package" / "page"
    for name, content in BUILT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    monkeypatch.setattr(web, "__file__", str(folder.with_name("web.py")))
    return folder


def _files(folder):
    script = (folder / "files.js").read_text()
    return json.loads(re.fullmatch(r"self\.\w+ = (.*);\n", script, re.S)[1])


def test_page_model_and_labels_are_in_the_folder(page, tmp_path, config):
    folder = export_web(b"weights", "int8", tmp_path / "page", config)
    for name, content in BUILT.items():
        assert (folder / name).read_text() == content
    info = json.loads((folder / "model.json").read_text())
    assert (folder / info["file"]).read_bytes() == b"weights"
    assert info["low_res_size"] * config.model.scale == info["high_res_size"]
    assert info["lesions"] == ["MA", "HM", "SE", "HE"]
    assert len(info["lesion_colours"]) == len(info["lesion_names"]) == 4
    assert len(info["grades"]) == 5
    assert info["quality"] == dataclasses.asdict(config.quality)
    assert info["weights"] == "int8"


def test_evidence_has_the_report_s_colours(page, tmp_path, config):
    folder = export_web(b"weights", "int8", tmp_path / "page", config)
    colours = json.loads((folder / "model.json").read_text())[
        "evidence_colours"
    ]
    for value in (0.0, 0.3, 1.0):
        level = int(to_uint8(value))
        expected = color_map([[[level / 255]]])[0, 0]
        assert colours[level] == "#" + bytes(expected).hex()


def test_every_file_is_kept_offline(page, tmp_path, config):
    folder = export_web(b"weights", "int8", tmp_path / "page", config)
    kept = _files(folder)
    named = {*kept["files"], *sum(kept["wasm"].values(), [])} - {"./"}
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    }
    # The list itself belongs to the service worker, which browsers keep.
    assert there - named == {"files.js"}
    assert not named - there


def test_another_model_is_another_version(page, tmp_path, config):
    def version(model):
        folder = tmp_path / "page"
        return _files(export_web(model, "int8", folder, config, True))[
            "version"
        ]

    assert version(b"one") == version(b"one") != version(b"two")


def test_says_what_to_do_where_the_page_is_not_built(page, tmp_path, config):
    (page / "worker.js").unlink()
    with pytest.raises(UserError, match="make page"):
        export_web(b"weights", "int8", tmp_path / "page", config)
    assert not (tmp_path / "page").exists()


def test_replaces_a_page_only_when_told_to(page, tmp_path, config):
    folder = tmp_path / "page"
    export_web(b"old", "int8", folder, config)
    with pytest.raises(UserError, match="exists; set overwrite"):
        export_web(b"new", "int8", folder, config)
    assert (folder / "model.tflite").read_bytes() == b"old"
    export_web(b"new", "int8", folder, config, overwrite=True)
    assert (folder / "model.tflite").read_bytes() == b"new"


def test_never_replaces_another_folder(page, tmp_path, config):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(UserError, match="no browser page"):
        export_web(b"x", "int8", tmp_path / "thesis", config, overwrite=True)
    assert (tmp_path / "thesis" / "chapter.txt").exists()
