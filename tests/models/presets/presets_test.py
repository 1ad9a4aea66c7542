"""Tests of presets as folders."""

import dataclasses
import hashlib
import json
import shutil

import h5py
import keras
import numpy as np
import pytest
import yaml

from dmtdr_tf.calibration import run_calibration, write_calibration
from dmtdr_tf.config import DataConfig, LossConfig, QualityConfig
from dmtdr_tf.config.presets import PRESETS, preset
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models import DeepMTDR
from dmtdr_tf.models.presets import read_preset, write_preset

FILES = {
    "README.md",
    "config.json",
    "metadata.json",
    "model.weights.h5",
    "preprocessor.json",
}


@pytest.fixture(scope="module")
def config(model):
    return dataclasses.replace(
        preset("demo"),
        model=model.config,
        data=DataConfig(high_res_size=64),
        quality=QualityConfig(min_sharpness=0.2),
    )


@pytest.fixture(scope="module")
def model(make_model):
    """A trained model: compiled, with part of it frozen."""
    model = make_model()
    model.freeze(["segmentation"])
    model.compile(keras.optimizers.AdamW(0.01), LossConfig(), "joint")
    return model


@pytest.fixture(scope="module")
def written(model, config, tmp_path_factory):
    output = tmp_path_factory.mktemp("presets") / "preset"
    return write_preset(model, output, config, stage=2)


@pytest.fixture
def folder(written, tmp_path):
    """A copy of the preset, to be damaged."""
    return shutil.copytree(written, tmp_path / "preset")


@pytest.fixture
def low_res():
    return np.random.default_rng(0).random((1, 16, 16, 3), "float32")


def _arrays(folder):
    """Every array in the file of the weights."""
    arrays = []

    def visit(_, node):
        if isinstance(node, h5py.Dataset):
            arrays.append(node[()])

    with h5py.File(folder / "model.weights.h5") as file:
        file.visititems(visit)
    return arrays


def _rewrite(path, **changes):
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, **changes}))


def test_comes_back_as_it_was(model, folder, low_res):
    loaded = DeepMTDR.from_preset(folder)
    assert loaded.config == model.config
    assert (loaded.frozen, loaded.compiled) == ((), False)
    for name, value in model.explain(low_res).items():
        np.testing.assert_array_equal(loaded.explain(low_res)[name], value)


def test_has_the_files_of_a_keras_hub_preset(model, folder):
    assert {path.name for path in folder.iterdir()} == FILES
    config = json.loads((folder / "config.json").read_text())
    assert config["class_name"] == "DeepMTDR"
    assert config["registered_name"] == "dmtdr_tf>DeepMTDR"
    assert config["config"]["dtype"]["config"] == {"name": "float32"}
    metadata = json.loads((folder / "metadata.json").read_text())
    weights = (folder / "model.weights.h5").read_bytes()
    assert metadata["weights_sha256"] == hashlib.sha256(weights).hexdigest()
    assert metadata["parameter_count"] == model.count_params()
    assert metadata["keras_version"] == keras.version()
    assert metadata["stage"] == 2
    assert metadata["dataset"] == "synthetic_fundus"


def test_keras_itself_reads_the_configuration(model, folder):
    config = json.loads((folder / "config.json").read_text())
    assert keras.saving.deserialize_keras_object(config).config == model.config


def test_preprocessor_is_that_of_the_run(folder):
    preprocessor = read_preset(folder).preprocessor
    assert preprocessor.low_res_size == 16
    assert preprocessor.high_res_size == 64
    assert preprocessor.quality == QualityConfig(min_sharpness=0.2)
    assert preprocessor.lesions == ("MA", "HM", "SE", "HE")


def test_optimizer_is_not_in_the_weights(folder):
    with h5py.File(folder / "model.weights.h5") as file:
        assert "optimizer" not in file


def test_model_card_has_front_matter(model, config, tmp_path):
    folder = write_preset(
        model,
        tmp_path / "preset",
        config,
        readme="# Mine\n\nTrained at home.",
        license_name="cc-by-4.0",
    )
    _, front_matter, text = (folder / "README.md").read_text().split("---\n")
    values = yaml.safe_load(front_matter)
    assert values["license"] == "cc-by-4.0"
    assert values["library_name"] == "keras"
    assert values["pipeline_tag"] == "image-classification"
    assert "diabetic-retinopathy" in values["tags"]
    assert text.strip() == "# Mine\n\nTrained at home."


def test_float16_weights_are_half_the_size(model, config, folder, low_res):
    half = write_preset(
        model, folder.with_name("half"), config, weights_dtype="float16"
    )
    for full, rounded in zip(_arrays(folder), _arrays(half), strict=True):
        wanted = np.float16 if full.dtype == np.float32 else full.dtype
        assert rounded.dtype == wanted
        np.testing.assert_array_equal(full.astype(wanted), rounded)
    loaded = DeepMTDR.from_preset(half)
    assert loaded.weights[0].dtype == "float32"
    answer = loaded.explain(low_res)
    for name, value in model.explain(low_res).items():
        if name == "evidence":
            # The maps of random weights hang on small differences of levels.
            maps = np.ravel(answer[name]), np.ravel(value)
            assert np.corrcoef(*maps)[0, 1] > 0.95
            continue
        np.testing.assert_allclose(answer[name], value, atol=0.05, rtol=0.05)


def test_a_weight_too_large_for_float16_is_refused(
    make_model, config, tmp_path
):
    model = make_model()
    model.grader.backbone.get_layer("stem_norm").gamma.assign([1e5, 1.0])
    with pytest.raises(UserError, match=r"weights_dtype: .* float16"):
        write_preset(
            model, tmp_path / "preset", config, weights_dtype="float16"
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"weights_dtype": "int8"}, "weights_dtype"),
        ({"license_name": "MIT\nx: y"}, "license_name"),
    ],
)
def test_writer_refuses_arguments_by_name(
    model, config, tmp_path, options, argument
):
    with pytest.raises(UserError, match=f"^{argument}: "):
        write_preset(model, tmp_path / "preset", config, **options)
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_preset_is_replaced_only_when_asked(model, config, folder):
    with pytest.raises(UserError, match="exists"):
        write_preset(model, folder, config)
    write_preset(model, folder, config, readme="again", overwrite=True)
    assert "again" in (folder / "README.md").read_text()


def test_without_weights_a_model_starts_anew(model, folder, low_res):
    (folder / "model.weights.h5").unlink()
    keras.utils.set_random_seed(9)
    fresh = DeepMTDR.from_preset(folder, load_weights=False)
    assert fresh.config == model.config
    stem = [m.super_resolver.get_layer("stem").kernel for m in (model, fresh)]
    assert np.abs(np.array(stem[0]) - np.array(stem[1])).max() > 0


def test_arguments_replace_those_of_the_preset(folder):
    model = DeepMTDR.from_preset(
        folder, dtype="mixed_bfloat16", seed=3, name="mine"
    )
    assert (model.compute_dtype, model.seed) == ("bfloat16", 3)
    assert model.name == "mine"


def test_dtype_of_the_preset_is_that_of_the_model(make_model, config, tmp_path):
    model = make_model(dtype="mixed_bfloat16")
    folder = write_preset(model, tmp_path / "preset", config)
    assert DeepMTDR.from_preset(folder).compute_dtype == "bfloat16"


@pytest.mark.parametrize("name", PRESETS)
def test_named_presets_have_no_weights_yet(name):
    with pytest.raises(UserError, match=f"^preset: '{name}' has no weights"):
        DeepMTDR.from_preset(name)


def test_a_named_preset_without_weights_is_its_configuration():
    model = DeepMTDR.from_preset("demo", load_weights=False)
    assert model.config == preset("demo").model


@pytest.mark.parametrize("name", ["huge", "no/such/folder"])
def test_an_unknown_preset_is_refused_with_the_known_ones(name):
    with pytest.raises(UserError, match=f"^preset: .*{name}.*small"):
        DeepMTDR.from_preset(name)


@pytest.mark.parametrize("name", sorted(FILES - {"README.md"}))
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(UserError, match=f"{name}: .* no such file"):
        DeepMTDR.from_preset(folder)


@pytest.mark.parametrize("name", sorted(FILES - {"README.md"}))
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"7"])
def test_a_damaged_file_is_named(folder, name, content):
    (folder / name).write_bytes(content)
    with pytest.raises(UserError, match=name) as raised:
        DeepMTDR.from_preset(folder)
    assert "\n" not in str(raised.value)


def test_other_weights_are_refused_by_their_hash(folder, model):
    path = folder / "model.weights.h5"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"model\.weights\.h5: .*SHA-256"):
        DeepMTDR.from_preset(folder)


def test_weights_of_another_model_are_refused(folder, make_model, config):
    other = make_model(grading_units=4)
    written = write_preset(other, folder.with_name("other"), config)
    for name in ("model.weights.h5", "metadata.json"):
        shutil.copy(written / name, folder / name)
    with pytest.raises(UserError, match=r"model\.weights\.h5: cannot be"):
        DeepMTDR.from_preset(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"registered_name": "dmtdr_tf>GradingNetwork"}, "expected the class"),
        ({"class_name": "Lambda", "module": "keras.layers"}, "expected the"),
        ({"config": None}, "config is missing"),
        ({"config": {"config": {}, "evil": 1}}, "unknown field 'evil'"),
        ({"config": {"config": {"depth": 3}}}, "unknown field 'depth'"),
        ({"config": {"config": {"scale": 3}}}, "model.scale"),
        (
            {"config": {"config": {"scale": "four"}}},
            "scale must be of the type int",
        ),
        ({"config": {"config": {"pyramid": 4}}}, "config.json"),
        ({"config": {"config": {}, "dtype": "float5"}}, "float5"),
        ({"config": {"config": {}, "dtype": {"module": "os"}}}, "config.json"),
        ({"config": {"config": {}, "seed": "x"}}, "config.json"),
    ],
)
def test_a_config_that_is_not_ours_is_refused(folder, changes, message):
    _rewrite(folder / "config.json", **changes)
    with pytest.raises(UserError, match=message) as raised:
        DeepMTDR.from_preset(folder, load_weights=False)
    assert str(raised.value).startswith(str(folder / "config.json"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"low_res_size": "16"}, "low_res_size must be"),
        ({"low_res_size": 0}, "low_res_size must be"),
        ({"grades": ["a", "b"]}, "grades are not those"),
        ({"quality": {"gate": True, "colour": 1}}, "unknown field 'colour'"),
        ({"quality": None}, "expected an object"),
        ({"sharpening": True}, "unknown field 'sharpening'"),
    ],
)
def test_a_preprocessor_that_is_not_ours_is_refused(folder, changes, message):
    _rewrite(folder / "preprocessor.json", **changes)
    with pytest.raises(UserError, match=message) as raised:
        DeepMTDR.from_preset(folder)
    assert str(raised.value).startswith(str(folder / "preprocessor.json"))


def test_a_preprocessor_without_its_sizes_is_refused(folder):
    (folder / "preprocessor.json").write_text("{}")
    with pytest.raises(UserError, match=r"preprocessor\.json: .*low_res_size"):
        read_preset(folder)


def test_metadata_without_a_hash_are_refused(folder):
    _rewrite(folder / "metadata.json", weights_sha256=None)
    with pytest.raises(UserError, match=r"metadata\.json: weights_sha256"):
        DeepMTDR.from_preset(folder)


def test_a_calibration_belongs_to_the_preset_s_own_weights(
    model, config, calibration, tmp_path
):
    folder = write_preset(
        model,
        tmp_path / "preset",
        config,
        weights_dtype="float16",
        calibration=calibration,
    )
    weights = (folder / "model.weights.h5").read_bytes()
    digest = hashlib.sha256(weights).hexdigest()
    read = run_calibration(read_preset(folder))
    assert read == dataclasses.replace(calibration, weights_sha256=digest)
    # As one would copy it from a workdir.
    write_calibration(folder / "calibration.json", calibration)
    with pytest.raises(UserError, match=r"calibration\.json: damaged or repl"):
        read_preset(folder)


def test_a_preset_need_not_be_calibrated(folder):
    assert run_calibration(read_preset(folder)) is None
