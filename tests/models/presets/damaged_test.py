"""Damaged files of a preset's folder: one line, or what they say."""

import dataclasses
import json

import pytest
from fixtures.damage import damaged_bytes, damaged_keys, damaged_values

from dmtdr_tf.config import DataConfig
from dmtdr_tf.config.presets import preset
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models import DeepMTDR
from dmtdr_tf.models.presets import read_preset, write_preset


@pytest.fixture(scope="module")
def folder(make_model, tmp_path_factory):
    model = make_model()
    config = dataclasses.replace(
        preset("demo"), model=model.config, data=DataConfig(high_res_size=64)
    )
    return write_preset(model, tmp_path_factory.mktemp("p") / "preset", config)


@pytest.mark.parametrize(
    "name", ["config.json", "metadata.json", "preprocessor.json"]
)
def test_damaged_files_are_refused_or_read_as_they_are(folder, name):
    path = folder / name
    whole = path.read_bytes()
    plain = json.loads(whole)
    contents = [*damaged_values(plain), *damaged_keys(plain)]
    contents += damaged_bytes(whole, 0, 200)
    refused = 0
    try:
        for content in contents:
            path.write_bytes(content)
            try:
                read = read_preset(folder)
            except UserError as error:
                assert str(error).startswith(str(folder)), error
                assert str(error).isprintable(), error
                refused += 1
            else:
                scale = read.arguments["config"].scale
                sizes = read.preprocessor
                assert sizes.high_res_size == scale * sizes.low_res_size
    finally:
        path.write_bytes(whole)
    assert refused > 100


@pytest.mark.parametrize(
    "name", ["config.json", "metadata.json", "preprocessor.json"]
)
def test_a_folder_in_place_of_a_file_is_refused(folder, name):
    path = folder / name
    whole = path.read_bytes()
    path.unlink()
    path.mkdir()
    try:
        with pytest.raises(UserError, match=f"{name}: not a file"):
            DeepMTDR.from_preset(folder)
    finally:
        path.rmdir()
        path.write_bytes(whole)


def test_a_flipped_bit_of_the_weights_is_refused(folder):
    path = folder / "model.weights.h5"
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 4
    path.write_bytes(damaged)
    try:
        with pytest.raises(UserError, match=r"weights\.h5: damaged or repl"):
            DeepMTDR.from_preset(folder)
    finally:
        path.write_bytes(whole)
