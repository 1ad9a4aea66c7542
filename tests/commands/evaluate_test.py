import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.commands import evaluate as command
from dmtdr_tf.commands.evaluate import Arguments
from dmtdr_tf.config import DataConfig, PhaseConfig, StageOneConfig, presets
from dmtdr_tf.config import file as config_file
from dmtdr_tf.data.identities import Identities
from dmtdr_tf.evaluation import evaluate_workdir, trained_run
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.training.workdir import Workdir

SIDE = 64


@pytest.fixture(scope="module")
def model(tiny):
    return DeepMTDR(tiny)


@pytest.fixture
def workdir(tmp_path, model, monkeypatch):
    """A workdir whose stage 1 is finished, and a data set of two."""
    base = presets.preset("demo")
    config = dataclasses.replace(
        base,
        model=model.config,
        data=DataConfig(high_res_size=SIDE),
        stage_1=StageOneConfig(restoration=PhaseConfig()),
    )
    workdir = Workdir(tmp_path / "run")
    config_file.save(config, workdir.config_file)
    folder = workdir.phase("grading")
    folder.mkdir()
    model.save_weights(workdir.best("grading"))
    (folder / "finished").touch()
    monkeypatch.setattr(trained_run, "evaluation_batches", _batches)
    monkeypatch.setattr(
        trained_run, "read_identities", lambda *_: Identities.separate(2)
    )
    return workdir


def _batches(config, split, batch_size):
    assert split == "test"
    rng = np.random.default_rng(0)
    batch = {
        "low_res": rng.random((2, SIDE // 4, SIDE // 4, 3)),
        "high_res": rng.random((2, SIDE, SIDE, 3)),
        "lesions": rng.random((2, SIDE, SIDE, 4)) < 0.1,
        "has_lesions": np.ones(2),
        "has_grade": np.ones(2),
    }
    batch = {name: value.astype("float32") for name, value in batch.items()}
    batch["grade"] = np.array([0, 3], "int32")
    return tf.data.Dataset.from_tensor_slices(batch).batch(batch_size)


def test_writes_figures_and_where_they_come_from(workdir, model, capsys):
    command.run(Arguments(workdir=str(workdir.path), dataset="idrid"))
    result = json.loads((workdir.path / "evaluation.json").read_text())
    provenance = result["provenance"]
    assert provenance["dataset"] == "idrid"
    assert provenance["split"] == "test"
    assert provenance["stage"] == 1
    assert provenance["high_res_size"] == SIDE
    assert result["grading"]["photographs"] == 2
    assert result["lesions"]["MA"]["photographs"] == 2
    assert "quadratic kappa" in capsys.readouterr().out
    assert not list(workdir.path.glob("*.partial"))
    # The figures are those of the model in the workdir.
    (batch,) = _batches(None, "test", 2)
    restored = model.explain(batch["low_res"])["super_resolution"]
    psnr = tf.image.psnr(restored, batch["high_res"], 1.0)
    assert result["super_resolution"]["psnr"] == pytest.approx(
        float(tf.reduce_mean(psnr)), abs=1e-3
    )


def test_the_library_returns_what_it_writes(workdir):
    calls = []
    figures = evaluate_workdir(
        workdir.path,
        workdir.path / "figures.json",
        progress=lambda *call: calls.append(call),
    )
    assert json.loads((workdir.path / "figures.json").read_text()) == figures
    assert calls == [(1, 1, 2), (2, 2, 2)]
    with pytest.raises(UserError, match="^split: must be one of"):
        evaluate_workdir(workdir.path, "figures.json", split="tests")


def test_output_and_batch_size(workdir, tmp_path):
    output = tmp_path / "deep" / "down" / "figures.json"
    arguments = Arguments(
        workdir=str(workdir.path), output=str(output), batch_size=2
    )
    command.run(arguments)
    assert json.loads(output.read_text())["grading"]["photographs"] == 2
    assert not (workdir.path / "evaluation.json").exists()


def test_unwritable_output_is_told_before_the_work(
    workdir, tmp_path, monkeypatch
):
    def never(*_):
        raise AssertionError("the work has begun")

    monkeypatch.setattr(trained_run, "evaluation_batches", never)
    (tmp_path / "file").write_text("")
    for output in (tmp_path / "file" / "figures.json", tmp_path):
        arguments = Arguments(workdir=str(workdir.path), output=str(output))
        with pytest.raises(UserError, match="^output: "):
            command.run(arguments)


def test_writes_the_page_beside_the_figures(workdir, tmp_path, capsys):
    output = tmp_path / "figures.json"
    arguments = Arguments(workdir=str(workdir.path), output=str(output))
    command.run(arguments)
    page = (tmp_path / "figures.html").read_text()
    assert "photograph 2" in page
    assert "http" not in page.replace("http://www.w3.org/", "")
    assert f"Written to {tmp_path / 'figures.html'}" in capsys.readouterr().out
    (tmp_path / "figures.html").unlink()
    command.run(dataclasses.replace(arguments, page=False, audit=False))
    assert not (tmp_path / "figures.html").exists()
    assert json.loads(output.read_text())["audit"] is None


def test_the_page_is_not_the_json_file():
    with pytest.raises(UserError, match="^output: .* would be the page"):
        Arguments(output="figures.html")
    Arguments(output="figures.html", page=False)


def test_figures_have_intervals_that_depend_on_the_seed(workdir, tmp_path):
    def run(seed):
        output = tmp_path / f"{seed}.json"
        arguments = Arguments(
            workdir=str(workdir.path),
            output=str(output),
            bootstrap_samples=30,
            seed=seed,
            page=False,
        )
        command.run(arguments)
        return json.loads(output.read_text())

    one, other = run(0), run(1)
    assert one["bootstrap"] == {
        "samples": 30,
        "seed": 0,
        "confidence": 0.95,
        "unit": "photograph",
        "units": 2,
    }
    assert one["grading"] == other["grading"]
    low, high = one["intervals"]["super_resolution"]["psnr"]
    assert low <= one["super_resolution"]["psnr"] <= high
    assert one["provenance"]["symmetries"] == 1


def test_missing_labels_are_told_before_the_work(
    workdir, tmp_path, monkeypatch, capsys
):
    def never(*_, **__):
        assert "has lesion masks; the figures" in capsys.readouterr().err
        raise KeyboardInterrupt

    unlabeled = dataclasses.replace(
        Identities.separate(2), missing=("lesion masks",)
    )
    monkeypatch.setattr(trained_run, "read_identities", lambda *_: unlabeled)
    monkeypatch.setattr(trained_run, "measure", never)
    with pytest.raises(KeyboardInterrupt):
        command.run(Arguments(workdir=str(workdir.path)))


def test_a_split_that_is_empty_is_told_before_the_work(
    workdir, tmp_path, monkeypatch
):
    def empty(*_):
        raise UserError("idrid/64: no photograph in split 'test'")

    def never(*_, **__):
        raise AssertionError("the work has begun")

    monkeypatch.setattr(trained_run, "read_identities", empty)
    monkeypatch.setattr(trained_run, "measure", never)
    with pytest.raises(UserError, match="no photograph in split 'test'"):
        command.run(Arguments(workdir=str(workdir.path)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("split", "tests"),
        ("batch_size", 0),
        ("symmetries", 4),
        ("bootstrap_samples", 0),
        ("seed", -1),
    ],
)
def test_refuses_options_out_of_range(field, value):
    with pytest.raises(UserError, match=f"^{field}: "):
        Arguments(**{field: value})


def test_workdir_without_a_run_or_a_finished_stage(workdir, tmp_path):
    with pytest.raises(UserError, match="no config.json"):
        command.run(Arguments(workdir=str(tmp_path / "nowhere")))
    with pytest.raises(UserError, match="stage 2 is not finished"):
        command.run(Arguments(workdir=str(workdir.path), stage=2))
    assert not (workdir.path / "evaluation.json").exists()
