import itertools

import pytest

from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.files.errors import UserError

LAST_PHASES = {1: "grading", 2: "joint"}


def _finish(folder, *phases):
    for phase in phases:
        folder.phase(phase).mkdir()
        (folder.phase(phase) / "finished").touch()


@pytest.mark.parametrize(
    "phases",
    [
        phases
        for count in range(4)
        for phases in itertools.combinations(
            ("restoration", "grading", "joint"), count
        )
    ],
)
def test_the_latest_stage_is_one_whose_last_phase_is_finished(phases, tmp_path):
    folder = RunFolder(tmp_path)
    _finish(folder, *phases)
    done = [s for s, phase in LAST_PHASES.items() if phase in phases]
    assert folder.latest_stage() == (done[-1] if done else None)
    for stage, phase in LAST_PHASES.items():
        if stage in done:
            expected = tmp_path / phase / "best.weights.h5"
            assert folder.checkpoint(stage) == expected
        else:
            with pytest.raises(UserError, match=f"stage {stage} is not fini"):
                folder.checkpoint(stage)
    if done:
        assert folder.checkpoint() == folder.checkpoint(done[-1])


@pytest.mark.parametrize("stage", [0, 3, -1])
def test_a_stage_that_does_not_exist_is_refused(stage, tmp_path):
    folder = RunFolder(tmp_path)
    _finish(folder, "grading", "joint")
    with pytest.raises(UserError, match=f"must be 1 or 2, not {stage}"):
        folder.checkpoint(stage)


def test_a_run_is_started_by_the_weights_of_any_phase(tmp_path):
    folder = RunFolder(tmp_path)
    folder.phase("joint").mkdir()
    assert not folder.is_started
    folder.best("joint").touch()
    assert folder.is_started
    # Weights alone do not finish the phase.
    assert not folder.is_finished("joint")
    with pytest.raises(UserError, match="no stage is finished") as caught:
        folder.checkpoint()
    assert caught.value.argument == "workdir"
