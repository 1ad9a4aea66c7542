import csv
import dataclasses
import json

import numpy as np
import pytest

from dmtdr_tf.config import DataConfig
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.comparable import check_comparable
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.evaluation import Bootstrap, compare_workdirs
from dmtdr_tf.evaluation.comparison import differences
from dmtdr_tf.evaluation.comparison_file import comparison_table
from dmtdr_tf.evaluation.measurement import Measurement
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.training.workdir import Workdir

COUNT = 60


def _measurement(logits, grades):
    measurement = Measurement()
    measurement.grading.update(grades, np.ones(len(grades)), logits)
    measurement.resample = lambda weights: {
        ("grading", *path): values
        for path, values in measurement.grading.resample(weights).items()
    }
    return measurement


@pytest.fixture
def pair():
    """Two graders that agree on most photographs; the second is better."""
    rng = np.random.default_rng(0)
    grades = rng.integers(0, 5, COUNT)
    one = rng.normal(size=(COUNT, 5)) + 1.5 * np.eye(5)[grades]
    other = one + 0.3 * np.eye(5)[grades]
    return one, other, grades


def test_differences_are_paired(pair):
    one, other, grades = pair
    groups = np.arange(COUNT) // 2
    bootstrap = Bootstrap(samples=300)
    result = differences(
        _measurement(one, grades),
        _measurement(other, grades),
        groups,
        bootstrap,
    )["grading"]["accuracy"]
    right = [logits.argmax(axis=1) == grades for logits in (one, other)]
    gain = right[1].astype(float) - right[0]
    assert gain.any()
    assert result["difference"] == pytest.approx(gain.mean())
    # By brute force: the same eyes for both.
    (weights,) = bootstrap.weights(groups)
    gains = [np.repeat(gain, row.astype(int)).mean() for row in weights]
    expected = np.quantile(gains, [0.025, 0.975])
    assert result["interval"] == pytest.approx(list(expected))
    # Not that of two independent draws.
    alone = [
        interval[1] - interval[0]
        for interval in (
            _measurement(logits, grades).intervals(groups, bootstrap)[
                "grading"
            ]["accuracy"]
            for logits in (one, other)
        )
    ]
    assert expected[1] - expected[0] < min(alone)


def test_the_same_model_does_not_differ(pair):
    one, _, grades = pair
    result = differences(
        _measurement(one, grades),
        _measurement(one, grades),
        np.arange(COUNT),
        Bootstrap(samples=50),
    )
    assert result["grading"]["quadratic_kappa"] == {
        "difference": 0.0,
        "interval": None,
    }


@pytest.fixture
def runs(tmp_path, model, config, dots_dir):
    """Two runs on data in records, whose weights differ."""
    config = dataclasses.replace(
        config,
        run=dataclasses.replace(
            config.run, dataset="dots", data_dir=str(dots_dir)
        ),
    )
    paths = []
    for name in ("one", "other"):
        run = Workdir(tmp_path / name)
        config_file.save(config, run.config_file)
        run.phase("joint").mkdir()
        model.save_weights(run.best("joint"))
        (run.phase("joint") / "finished").touch()
        paths.append(run.path)
    return tuple(paths)


def _change(path, **changes):
    run = Workdir(path)
    config = dataclasses.replace(run.config, **changes)
    run.config_file.unlink()
    config_file.save(config, run.config_file)


def test_two_runs_on_the_same_photographs(runs, tmp_path):
    output = tmp_path / "new" / "comparison.json"
    result = compare_workdirs(
        runs,
        output,
        split="validation",
        symmetries=(1, 8),
        bootstrap=Bootstrap(samples=20),
    )
    assert json.loads(output.read_text()) == result
    assert result["provenance"]["b"]["symmetries"] == 8
    assert result["bootstrap"]["unit"] == "photograph"
    difference = result["differences"]["super_resolution"]["psnr"]
    assert difference["difference"] == pytest.approx(
        result["b"]["super_resolution"]["psnr"]
        - result["a"]["super_resolution"]["psnr"]
    )
    text = comparison_table(result)
    assert "B - A" in text
    assert "resamples of 3 photographs" in text
    table = tmp_path / "comparison.csv"
    compare_workdirs(
        runs,
        table,
        split="validation",
        symmetries=(1, 8),
        bootstrap=Bootstrap(samples=20),
        audit=False,
    )
    assert "do not differ" not in text
    same = {**result, "differences": {}}
    assert "A and B do not differ in any figure" in comparison_table(same)
    with table.open(newline="") as file:
        rows = {row["key"]: row for row in csv.DictReader(file)}
    psnr = rows["super_resolution.psnr"]
    assert float(psnr["a"]) == result["a"]["super_resolution"]["psnr"]
    assert float(psnr["difference"]) == difference["difference"]


def test_runs_of_different_sizes_are_refused_before_anything(
    runs, tmp_path, monkeypatch
):
    def never(*_, **__):
        raise AssertionError("the work has begun")

    monkeypatch.setattr("dmtdr_tf.evaluation.comparison.read_identities", never)
    _change(runs[1], data=DataConfig(high_res_size=128))
    output = tmp_path / "comparison.json"
    with pytest.raises(
        UserError, match="from 16 to 64 pixels, but .*32 to 128"
    ):
        compare_workdirs(runs, output)
    assert not output.exists()


def test_what_cannot_be_compared_is_refused(runs, tmp_path):
    pair = one, _ = RunFolder(runs[0]), RunFolder(runs[1])
    with pytest.raises(UserError, match="are the same model"):
        check_comparable((one, one))
    check_comparable((one, one), symmetries=(1, 8))
    with pytest.raises(UserError, match="no trained model"):
        compare_workdirs((runs[0], tmp_path / "nowhere"))
    with pytest.raises(UserError, match="stage 1 is not finished"):
        check_comparable(pair, stages=(None, 1))
    with pytest.raises(UserError, match="^stage_b: must be 1 or 2, not 3"):
        check_comparable(pair, stages=(None, 3))
    with pytest.raises(UserError, match="split: .*no split 'test'"):
        compare_workdirs(runs, split="test")
    with pytest.raises(UserError, match=r"output: .* must end in \.json or"):
        compare_workdirs(runs, tmp_path / "figures.txt", split="validation")
    config = Workdir(runs[1]).config
    _change(runs[1], run=dataclasses.replace(config.run, dataset="ddr"))
    with pytest.raises(UserError, match="dataset: .*one was trained on dots"):
        check_comparable(pair)
    check_comparable(pair, dataset="dots")
