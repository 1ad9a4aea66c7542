"""Configurations that are damaged: one line, or what they say."""

import dataclasses
import json
import os
import warnings

import pytest
from fixtures.damage import damaged_bytes, damaged_keys, damaged_values

from dmtdr_tf.config import Config, presets
from dmtdr_tf.config import file as config_file
from dmtdr_tf.files.errors import UserError

PLAIN = dataclasses.asdict(presets.preset("small"))
CONTENT = json.dumps(PLAIN, indent=2).encode()


def _outcome(path, content):
    """The configuration, or None after one line that names the file."""
    path.write_bytes(content)
    try:
        config = config_file.load_run(path)
    except UserError as error:
        text = str(error)
        assert text.startswith(str(path)), text
        assert text.isprintable(), text
        assert len(text) < 1500, text
        return None
    assert isinstance(config, Config)
    return config


def _same(value, other):
    """Whether a configuration says what its file says."""
    if isinstance(value, dict):
        return all(_same(value[k], other[k]) for k in other)
    if isinstance(other, list):
        return list(value) == other
    return value == other and (type(value) is bool) == (type(other) is bool)


def _count(tmp_path, contents):
    accepted = refused = 0
    for content in contents:
        config = _outcome(tmp_path / "config.json", content)
        if config is None:
            refused += 1
            continue
        accepted += 1
        said = json.loads(content.decode("utf-8-sig"))
        assert _same(dataclasses.asdict(config), said), content
        # What was accepted can be written and read again.
        config_file.save(config, tmp_path / "again.json")
        assert config_file.load_run(tmp_path / "again.json") == config
    return accepted, refused


def test_every_wrong_value_of_every_field_is_refused_or_kept(tmp_path):
    accepted, refused = _count(tmp_path, damaged_values(PLAIN))
    assert accepted + refused > 5000
    # Every field takes some of the values: true, 0, 1, 0.5 or a text.
    assert 100 < accepted < 0.2 * refused


def test_lost_doubled_and_misspelled_keys_are_refused(tmp_path):
    accepted, refused = _count(tmp_path, damaged_keys(PLAIN))
    assert refused > 200
    # Of the quality gate and what later versions added.
    assert accepted < 20


@pytest.mark.parametrize("seed", range(3))
def test_damaged_bytes_are_refused_or_read_as_they_are(tmp_path, seed):
    accepted, refused = _count(tmp_path, damaged_bytes(CONTENT, seed, 400))
    assert refused > 300
    # A flipped digit is another valid number.
    assert accepted < 100


@pytest.mark.parametrize("kind", ["folder", "loop", "fifo", "device"])
def test_what_is_no_file_is_refused(tmp_path, kind):
    path = tmp_path / "config.json"
    if kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    with warnings.catch_warnings(), pytest.raises(UserError, match="config"):
        config_file.load_run(path)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("stage_2.joint.learning_rate", 1e30),
        ("stage_2.joint.batch_size", 10**9),
        ("stage_1.grading.epochs", 0),
        ("stage_1.grading.epochs", 10**12),
        ("stage_1.restoration.crop_size", 100),
        ("stage_1.restoration.crop_size", 320_000),
        ("data.high_res_size", 500),
        ("data.high_res_size", 32_000_000),
        ("model.segmentation_width", 10**9),
        ("model.grading_width", 10**9),
        ("model.pyramid", [10**9]),
        ("model.pyramid", [1] * 1000),
        ("run.seed", -1),
        ("run.seed", 2**32),
        ("run.workdir", "a\x00b"),
        ("run.dataset", "idrid+"),
        ("stage_1.losses.dice_loss_weight", 1e300),
        ("stage_1.losses.grade_weights", [0, 0, 0, 0, 0]),
        ("stage_1.losses.grade_weights", [1, 1, 1, 1, -1]),
        ("stage_2.losses.evidence_temperature", 1e-300),
    ],
)
def test_values_that_cannot_work_are_refused_at_load(tmp_path, path, value):
    values = json.loads(json.dumps(PLAIN))
    inner = values
    *parents, name = path.split(".")
    for key in parents:
        inner = inner[key]
    inner[name] = value
    assert _outcome(tmp_path / "config.json", json.dumps(values).encode()) is (
        None
    )
