import json
import os
import subprocess
import sys
import textwrap

import cv2
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.exporting.saved_model import writer as saved_model
from dmtdr_tf.exporting.saved_model.warm_up import draw_eye
from dmtdr_tf.exporting.saved_model.writer import export_saved_model
from dmtdr_tf.exporting.signatures import float_signature
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import GRADES, LESIONS
from dmtdr_tf.models.symmetries import symmetric
from dmtdr_tf.preprocessing.field_of_view import find_field_of_view
from dmtdr_tf.preprocessing.model_input import model_input

# Runs where our package cannot be imported.
CLIENT = """
    import sys

    class Blocker:
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] == "dmtdr_tf":
                raise ImportError(name + " is not installed here")

    sys.meta_path.insert(0, Blocker())
    import numpy as np
    import tensorflow as tf

    model = tf.saved_model.load("saved")
    given = np.load("given.npz")
    numbers = model.signatures["serving_default"]
    content = model.signatures["serving_bytes"]
    small = model.signatures["grade_only"]
    pair = tf.constant(given["low_res"])
    photographs = tf.constant([given["content"].tobytes()])
    answers = {
        "pair": numbers(low_res=pair),
        "one": numbers(low_res=pair[1:]),
        "bytes": content(photograph_bytes=photographs),
        "small": small(photograph_bytes=photographs),
    }
    assert "dmtdr_tf" not in sys.modules
    flat = {
        kind + "." + name: value.numpy()
        for kind, answer in answers.items()
        for name, value in answer.items()
        if value.dtype != tf.string
    }
    picture = answers["bytes"]["super_resolution_bytes"][0].numpy()
    flat["picture"] = np.frombuffer(picture, np.uint8)
    np.savez("answers.npz", **flat)
"""


@pytest.fixture(scope="module")
def low_res():
    rng = np.random.default_rng(0)
    return (rng.integers(0, 256, (2, 16, 16, 3)) / 255.0).astype("float32")


@pytest.fixture(scope="module")
def exported(model, config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    assert export_saved_model(model, folder / "saved", config)
    return folder


@pytest.fixture(scope="module")
def answers(exported, low_res):
    content = cv2.imencode(".png", draw_eye(120)[..., ::-1])[1]
    np.savez(exported / "given.npz", low_res=low_res, content=content)
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CLIENT)],
        cwd=exported,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        check=True,
        timeout=120,
    )
    with np.load(exported / "answers.npz") as loaded:
        return dict(loaded)


def test_runs_without_our_package_and_equals_keras(model, low_res, answers):
    expected = {
        k: v.numpy() for k, v in float_signature(model)(low_res).items()
    }
    # A test on a map that is all zero would show nothing.
    assert expected["evidence"].max() > 0.9
    for name, value in expected.items():
        assert np.isfinite(value).all()
        np.testing.assert_allclose(answers[f"pair.{name}"], value, atol=1e-5)
        np.testing.assert_allclose(answers[f"one.{name}"], value[1:], atol=1e-5)


def test_files_without_our_package_too(model, answers):
    photograph = draw_eye(120)
    view = find_field_of_view(photograph)
    low_res, _ = model_input(photograph, view, 16, 64)
    expected = float_signature(model)(tf.constant(low_res[None]))
    for kind in ("bytes", "small"):
        np.testing.assert_allclose(
            answers[f"{kind}.grade"], expected["grade"], atol=1e-3
        )
    picture = cv2.imdecode(answers["picture"], cv2.IMREAD_COLOR)[..., ::-1]
    restored = expected["super_resolution"][0].numpy()
    assert np.abs(picture / 255.0 - restored).max() < 1.1 / 255
    assert answers["small.lesion_shares"].shape == (1, 4)


def test_averages_over_symmetries(model, config, low_res, tmp_path):
    folder = export_saved_model(model, tmp_path / "s", config, symmetries=8)
    signatures = tf.saved_model.load(str(folder)).signatures
    answer = signatures["serving_default"](low_res=tf.constant(low_res))
    wanted = symmetric(model.explain, 8)(tf.constant(low_res))
    plain = model.explain(tf.constant(low_res))
    for name, value in wanted.items():
        np.testing.assert_allclose(answer[name], value, atol=1e-5)
        assert np.abs(answer[name] - plain[name]).max() > 1e-4
    content = cv2.imencode(".png", draw_eye(120)[..., ::-1])[1].tobytes()
    photographs = tf.constant([content])
    whole = signatures["serving_bytes"](photograph_bytes=photographs)
    small = signatures["grade_only"](photograph_bytes=photographs)
    np.testing.assert_allclose(small["grade"], whole["grade"], atol=1e-4)
    described = json.loads((folder / "assets.extra/labels.json").read_text())
    assert described["symmetries"] == 8
    card = (folder / "assets.extra/model_card.md").read_text()
    assert "averaged over | the 8 symmetries" in card


def test_in_a_session_as_tensorflow_serving_runs_it(exported, answers):
    """TensorFlow Serving and the C API load a graph and run it by names."""
    content = cv2.imencode(".png", draw_eye(120)[..., ::-1])[1].tobytes()
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(
            session, ["serve"], str(exported / "saved")
        )
        signature = loaded.signature_def["serving_bytes"]
        outputs = {k: v.name for k, v in signature.outputs.items()}
        photographs = signature.inputs["photograph_bytes"].name
        answer = session.run(outputs, {photographs: [content] * 2})
        for name in ("grade", "grade_probabilities"):
            expected = np.repeat(answers[f"bytes.{name}"], 2, axis=0)
            np.testing.assert_allclose(answer[name], expected, atol=1e-4)
        picture = np.frombuffer(answer["super_resolution_bytes"][1], np.uint8)
        np.testing.assert_array_equal(picture, answers["picture"])
        for bad, message in (
            (b"x", "no JPEG or PNG"),
            (content[:200], "cut short"),
        ):
            with pytest.raises(tf.errors.InvalidArgumentError, match=message):
                session.run(outputs, {photographs: [content, bad]})
        low_res = loaded.signature_def["serving_default"]
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="between 0 and 1"
        ):
            session.run(
                low_res.outputs["grade"].name,
                {
                    low_res.inputs["low_res"].name: np.full(
                        (1, 16, 16, 3), np.nan, np.float32
                    )
                },
            )


@pytest.mark.slow
def test_a_fixed_batch(model, config, tmp_path):
    folder = export_saved_model(model, tmp_path / "two", config, batch_size=2)
    signatures = tf.saved_model.load(str(folder)).signatures
    low_res = signatures["serving_default"].structured_input_signature[1]
    assert low_res["low_res"].shape == (2, 16, 16, 3)
    photographs = signatures["grade_only"].structured_input_signature[1]
    assert photographs["photograph_bytes"].shape == (2,)


def test_names_and_sizes_lie_beside_it(exported, config):
    labels = json.loads(
        (exported / "saved" / "assets.extra" / "labels.json").read_text()
    )
    assert tuple(labels["grades"]) == GRADES
    assert tuple(labels["lesions"]) == LESIONS
    assert (labels["low_res_size"], labels["high_res_size"]) == (16, 64)
    assert labels["scale"] == config.model.scale
    assert labels["quality"]["min_sharpness"] == config.quality.min_sharpness
    assert labels["referable_grade"] == 2
    card = (exported / "saved" / "assets.extra" / "model_card.md").read_text()
    assert card.startswith("# Model card: demo")
    names = {p.name for p in exported.iterdir()}
    assert not {name for name in names if name.endswith(".partial")}


def test_refuses_to_overwrite(model, config, exported, tmp_path):
    with pytest.raises(UserError, match="exists; set overwrite"):
        export_saved_model(model, exported / "saved", config)
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(UserError, match="is no SavedModel"):
        export_saved_model(model, tmp_path, config, overwrite=True)
    with pytest.raises(UserError, match="is no SavedModel"):
        export_saved_model(model, tmp_path / "thesis.txt", config, True)
    assert (tmp_path / "thesis.txt").exists()


def test_overwrites_when_told(config, model, tmp_path, monkeypatch):
    def write(model, folder, config, batch_size, described, calibration):
        (folder / "saved_model.pb").write_text(f"new, {batch_size}")

    monkeypatch.setattr(saved_model, "_write", write)
    target = tmp_path / "saved"
    target.mkdir()
    (target / "saved_model.pb").write_text("old")
    (target / "old").touch()
    export_saved_model(model, target, config, overwrite=True, batch_size=5)
    assert (target / "saved_model.pb").read_text() == "new, 5"
    assert not (target / "old").exists()


def test_a_full_disk_is_one_line(config, model, tmp_path, monkeypatch):
    def write(*given):
        # As TensorFlow 2.21 words it.
        message = "{{node S}} /x/part-0; No space left on device [Op:SaveV2]"
        raise tf.errors.ResourceExhaustedError(None, None, message)

    monkeypatch.setattr(saved_model, "_write", write)
    with pytest.raises(
        UserError, match=r"^output: .*saved .* \(No space left on device\)$"
    ):
        export_saved_model(model, tmp_path / "saved", config)
    assert not list(tmp_path.iterdir())
