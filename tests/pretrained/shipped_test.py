"""The models in the package: that they are there, small, and what they say."""

import json
import pathlib
import runpy

import numpy as np
import pytest

from dmtdr_tf import Predictor
from dmtdr_tf.pretrained import default_model, find_model, shipped_models
from dmtdr_tf.pretrained.shipped import PREFERRED

HERE = pathlib.Path(__file__).parent
ANSWERS = json.loads((HERE / "answers.json").read_text())
RECIPES = HERE.parents[1] / "recipes"


def photographs():
    return runpy.run_path(str(HERE / "photographs.py"))["photographs"]()


def size(folder):
    return sum(file.stat().st_size for file in folder.iterdir())


def test_the_default_model_is_there():
    assert default_model() in shipped_models()
    assert default_model() in PREFERRED
    assert find_model(default_model()).checkpoint().is_file()


def test_models_are_small_enough_for_the_package():
    sizes = [size(find_model(name).path) for name in shipped_models()]
    assert max(sizes) <= 25e6
    assert sum(sizes) <= 60e6


@pytest.mark.parametrize("name", shipped_models())
def test_a_model_is_complete(name):
    model = find_model(name)
    assert model.metadata["weights_dtype"] == "float16"
    card = (model.path / "README.md").read_text()
    assert card.startswith("---\nlicense: cc-by-4.0\n")
    for text in ("Porwal", "Pachade", "Kokare", "10.3390/data3030025"):
        assert text in card
    assert "10.21227/H25W98" in card
    assert "It is not\na medical device." in card
    assert "grades are kept" in card
    evaluation = json.loads((model.path / "evaluation.json").read_text())
    assert evaluation["provenance"]["split"] == "validation"
    # The card shows the figures of the file beside it.
    psnr = evaluation["super_resolution"]["psnr"]
    assert f"{psnr:.4f}" in card


@pytest.mark.parametrize("name", shipped_models())
def test_no_folder_of_a_machine_is_in_a_model(name):
    for file in find_model(name).path.iterdir():
        content = file.read_bytes()
        assert b"/root" not in content
        assert b"/home" not in content
        assert b"/tmp" not in content


@pytest.mark.parametrize("name", shipped_models())
def test_a_model_has_its_recipe(name):
    files = {file.name for file in (RECIPES / name).iterdir()}
    assert files >= {"README.md", "config.json", "metrics.jsonl", "card.md"}
    recipe = json.loads((RECIPES / name / "config.json").read_text())
    config = find_model(name).config
    assert recipe["run"]["preset"] == config.run.preset
    assert recipe["run"]["dataset"] == config.run.dataset
    assert recipe["run"]["seed"] == config.run.seed
    assert recipe["data"]["high_res_size"] == config.data.high_res_size


@pytest.mark.parametrize("name", shipped_models())
def test_a_model_answers_as_when_it_was_shipped(name):
    predictor = Predictor.from_preset(name)
    for photograph, pixels in photographs().items():
        expected = ANSWERS[name][photograph]
        prediction = predictor(pixels)
        assert prediction.grade == expected["grade"]
        np.testing.assert_allclose(
            prediction.probabilities, expected["probabilities"], atol=0.01
        )
        np.testing.assert_allclose(
            prediction.super_resolution.mean(),
            expected["super_resolution_mean"],
            atol=0.001,
        )
        np.testing.assert_allclose(
            prediction.lesions.mean(axis=(0, 1)),
            expected["lesion_means"],
            rtol=0.05,
            atol=1e-5,
        )
