import json

import pytest

from dmtdr_tf.config.model_limits import drawn_warning, unreliable_lesions
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import LESIONS


@pytest.fixture
def run(tmp_path):
    """A run whose stages are both finished."""
    for phase in ("grading", "joint"):
        (tmp_path / phase).mkdir()
        (tmp_path / phase / "finished").touch()
    return RunFolder(tmp_path)


def write_evaluation(run, stage=2, **precisions):
    """Average precision and prevalence of each lesion; 0.8 and 0.01."""
    lesions = {}
    for lesion in LESIONS:
        precision, prevalence = precisions.get(lesion, (0.8, 0.01))
        lesions[lesion] = {
            "average_precision": {"pooled": precision},
            "prevalence": {"pooled": prevalence},
        }
    content = {"provenance": {"stage": stage}, "lesions": lesions}
    (run.path / "evaluation.json").write_text(json.dumps(content))


def write_metrics(run, *epochs):
    lines = []
    for phase, score, precisions in epochs:
        line = {"phase": phase, "val_score": score}
        for lesion in LESIONS:
            value = precisions.get(lesion, 0.8)
            line[f"val_average_precision_{lesion}"] = value
        lines.append(json.dumps(line))
    run.metrics_file.write_text("\n".join([*lines, '{"phase": "joi']))


@pytest.mark.parametrize("name", ["synthetic_fundus", "synthetic_fundus/128"])
def test_a_model_of_drawn_photographs(name):
    warning = drawn_warning(name)
    assert (
        warning == "Trained on drawn photographs, not for any use on patients"
    )
    assert "partly" in drawn_warning(f"idrid+{name}")
    assert drawn_warning("idrid+ddr/joint") == drawn_warning("folder") == ""


def test_nothing_is_claimed_where_nothing_was_measured(run):
    assert unreliable_lesions(run) is None
    write_evaluation(run, stage=1)
    assert unreliable_lesions(run) is None
    assert unreliable_lesions(run, stage=1) == ()
    none = dict.fromkeys(LESIONS, (None, 0.0))
    write_evaluation(run, **none)
    assert unreliable_lesions(run) is None


@pytest.mark.parametrize(
    ("precision", "prevalence", "reliable"),
    [
        (0.0019, 0.0006, False),
        (0.04, 0.0, False),
        (0.06, 0.001, False),
        (0.12, 0.001, True),
        # Barely better than guessing a frequent lesion.
        (0.35, 0.3, False),
        (0.4, 0.3, True),
    ],
)
def test_precision_near_prevalence(run, precision, prevalence, reliable):
    write_evaluation(run, HM=(precision, prevalence), SE=(None, 0.0))
    assert unreliable_lesions(run) == (() if reliable else ("HM",))


def test_the_best_epoch_of_training_says_it_otherwise(run):
    write_metrics(
        run,
        ("restoration", 0.5, {"SE": 0.01}),
        ("joint", 0.1, {"HE": 0.01}),
        # 0 where no photograph has the lesion.
        ("joint", 0.3, {"MA": 0.02, "HM": 0.0}),
        ("joint", None, {"HE": 0.01}),
    )
    assert unreliable_lesions(run) == ("MA",)
    assert unreliable_lesions(run, stage=1) == ("SE",)
    write_evaluation(run)
    assert unreliable_lesions(run) == ()


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"provenance": 1}'])
def test_a_damaged_evaluation_is_one_line(run, content):
    (run.path / "evaluation.json").write_text(content)
    with pytest.raises(UserError, match=r"evaluation\.json: .*remove it"):
        unreliable_lesions(run)
