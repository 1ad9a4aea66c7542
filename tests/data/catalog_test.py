"""Tests of what `dmtdr datasets list` says."""

import json

import pytest

from dmtdr_tf.data.catalog import CATALOG, describe, prepared


@pytest.fixture
def data_dir(tmp_path):
    """A folder with records of IDRiD and of a user's own photographs."""
    for name, config in (("idrid", "joint_512"), ("folder", "256_abc")):
        version = tmp_path / name / config / "1.1.0"
        version.mkdir(parents=True)
        (version / "dataset_info.json").write_text("{}")
    sources = tmp_path / "folder/256_abc/1.1.0/sources.json"
    sources.write_text(json.dumps({"root": "/photographs/of\x1bmine"}))
    return tmp_path


def test_names_every_data_set_and_what_is_prepared(data_dir):
    lines = describe(str(data_dir)).splitlines()
    assert len(lines) == 3 * len(CATALOG)
    (idrid,) = (
        index for index, line in enumerate(lines) if line.startswith("idrid")
    )
    assert lines[idrid + 1].startswith("  source: ")
    assert lines[idrid + 2] == f"  prepared in {data_dir}: joint_512"
    assert (
        sum("  not prepared in" in line for line in lines) == len(CATALOG) - 2
    )


def test_a_folder_is_named_with_its_photographs(data_dir):
    assert prepared("folder", str(data_dir)) == [
        "256_abc (/photographs/of\\x1bmine)"
    ]


@pytest.mark.parametrize("content", ["{", "[]", '{"other": 1}'])
def test_a_damaged_list_of_sources_is_no_obstacle(data_dir, content):
    (data_dir / "folder/256_abc/1.1.0/sources.json").write_text(content)
    assert prepared("folder", str(data_dir)) == ["256_abc"]


def test_the_folder_of_tfds_is_the_default(data_dir, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(data_dir))
    assert prepared("idrid") == ["joint_512"]
