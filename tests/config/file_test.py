import itertools
import json

import pytest

from dmtdr_tf.config import Config, PhaseConfig, RunConfig
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.data_source import with_data
from dmtdr_tf.files.errors import UserError


@pytest.mark.parametrize(
    "values",
    [
        {"data": {"high_res_size": "512"}},
        {"model": {"dropout": None}},
        {"run": {"dataset": 3}},
        {"stage_1": {"grading": {"epochs": [3]}}},
        {"model": {"pyramid": 4}},
        {"stage_1": {"grading": {"epochs": 3.5}}},
        {"quality": {"gate": 1}},
        {"run": {"seed": True}},
    ],
)
def test_a_value_of_the_wrong_type_names_the_file(tmp_path, values):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(values))
    with pytest.raises(UserError, match=r"config\.json") as caught:
        config_file.load(path)
    assert "\n" not in str(caught.value)


def test_missing_fields_keep_their_defaults_and_lists_become_tuples(tmp_path):
    path = tmp_path / "config.json"
    run = {"dataset": "idrid+eyepacs", "dataset_weights": [2.0, 1.0]}
    path.write_text(json.dumps({"run": run}))
    assert config_file.load(path) == Config(
        run=RunConfig(dataset="idrid+eyepacs", dataset_weights=(2.0, 1.0))
    )


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b""])
def test_bytes_that_are_no_text_are_refused(tmp_path, content):
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"config\.json: not a configuration"):
        config_file.load(path)


def test_the_balance_of_today_wins_over_nothing_older():
    phase = config_file.from_dict(PhaseConfig, {"balance": "grade"}, "x")
    assert phase.balance == "grade"
    older = {"lesion_balanced": True, "epochs": 7}
    phase = config_file.from_dict(PhaseConfig, older, "x")
    assert phase == PhaseConfig(epochs=7, balance="lesion")


@pytest.mark.parametrize(
    "given",
    [
        given
        for count in range(4)
        for given in itertools.combinations(
            ("dataset", "data_dir", "manual_dir"), count
        )
    ],
)
def test_another_data_set_changes_what_is_given_and_drops_the_weights(given):
    weights = (1.0, 2.0)
    run = RunConfig(
        dataset="a+b", dataset_weights=weights, data_dir="d", manual_dir="m"
    )
    config = Config(run=run)
    changed = with_data(config, **{name: f"new_{name}" for name in given})
    for name in ("dataset", "data_dir", "manual_dir"):
        expected = f"new_{name}" if name in given else getattr(run, name)
        assert getattr(changed.run, name) == expected
    assert changed.run.dataset_weights == ()
    assert changed.model == config.model
    assert config.run.dataset_weights == weights
