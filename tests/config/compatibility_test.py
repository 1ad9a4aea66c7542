import dataclasses

import pytest

from dmtdr_tf.config import RunFolder, presets
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.compatibility import check_compatible, differences
from dmtdr_tf.files.errors import UserError

SMALL = presets.preset("small")


def _change(part, **values):
    changed = dataclasses.replace(getattr(SMALL, part), **values)
    return dataclasses.replace(SMALL, **{part: changed})


@pytest.fixture
def started(tmp_path):
    """The folder of a run of `small` that has completed an epoch."""
    folder = RunFolder(tmp_path)
    config_file.save(SMALL, folder.config_file)
    folder.best("restoration").parent.mkdir()
    folder.best("restoration").touch()
    return folder


def test_differences_are_named_with_both_values():
    assert differences(SMALL, SMALL) == {}
    assert differences(SMALL, _change("model", scale=8)) == {
        "model.scale": (4, 8)
    }


def test_what_is_trained_may_not_change(started):
    check_compatible(SMALL, started)
    with pytest.raises(UserError, match=r"model\.scale=4, not 8;") as caught:
        check_compatible(_change("model", scale=8), started)
    assert caught.value.argument == "workdir"
    both = _change("model", scale=8, dropout=0.1)
    with pytest.raises(UserError, match=r"not 8 \(and 1 more\)"):
        check_compatible(both, started)


@pytest.mark.parametrize(
    ("part", "values"),
    [
        ("run", {"data_dir": "elsewhere", "max_bad_steps": 3}),
        ("quality", {"min_sharpness": 0.2}),
    ],
)
def test_places_and_the_quality_gate_may_change(started, part, values):
    check_compatible(_change(part, **values), started)


def test_a_stage_may_change_until_it_starts(started):
    joint = dataclasses.replace(SMALL.stage_2.joint, epochs=9)
    later = _change("stage_2", joint=joint)
    check_compatible(later, started)
    started.phase("joint").mkdir()
    with pytest.raises(UserError, match=r"stage_2\.joint\.epochs"):
        check_compatible(later, started)
    grading = dataclasses.replace(SMALL.stage_1.grading, epochs=9)
    with pytest.raises(UserError, match=r"stage_1\.grading\.epochs"):
        check_compatible(_change("stage_1", grading=grading), started)


def test_a_run_without_an_epoch_allows_everything(tmp_path):
    folder = RunFolder(tmp_path)
    config_file.save(SMALL, folder.config_file)
    check_compatible(_change("model", scale=8), folder)
