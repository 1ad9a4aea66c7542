"""The two stages of training."""

import contextlib
import os
import pathlib
from collections.abc import Iterator, Sequence
from typing import Literal

import tensorflow as tf

from dmtdr_tf.calibration import run_calibration
from dmtdr_tf.config import Config
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.phases import STAGES, Phase, stage_phases
from dmtdr_tf.data import records
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models import imagenet
from dmtdr_tf.training.calibrating import WITHOUT_SET, calibrate_workdir
from dmtdr_tf.training.distribution import make_strategy, set_precision
from dmtdr_tf.training.journal import read_journal
from dmtdr_tf.training.lock import training_lock
from dmtdr_tf.training.memory import check_memory
from dmtdr_tf.training.phase_run import run_phase
from dmtdr_tf.training.preconditions import check_data
from dmtdr_tf.training.workdir import Workdir

__all__ = ["Stage", "train"]

Stage = Literal["1", "2", "all"]


def train(config: Config, stage: Stage = "all") -> None:
    """Trains one stage or both in the configured workdir.

    Finished phases are skipped; an interrupted phase resumes from its last
    completed epoch. At the end of a stage the model is calibrated, as
    `calibrate_workdir` does it; what prevents that is printed. A run that was
    stopped before it was calibrated is calibrated when training is repeated.

    Args:
        config: The configuration. It is saved in the workdir after all checks
            that can be done beforehand.
        stage: `"1"`, `"2"` or `"all"`.

    Raises:
        UserError: Stage 2 is requested before stage 1 is finished, the
            workdir cannot be written or is in use by another training, a
            file in it is damaged, a batch cannot be divided among the
            replicas or exceeds the memory, the data cannot be read or lacks
            what a phase needs, or the loss is not finite for too many steps.
    """
    workdir = Workdir(config.run.workdir)
    numbers = STAGES if stage == "all" else (int(stage),)
    phases = [phase for number in numbers for phase in stage_phases(number)]
    if all(workdir.is_finished(phase.name) for phase in phases):
        for phase in phases:
            print(f"stage {phase.stage}, {phase.name}: already finished")
        _complete(workdir, phases[-1].stage)
        return
    if workdir.path.is_dir():
        # Before the data is prepared, which may take hours.
        with _lock(workdir):
            pass
    strategy = _prepare(config, workdir, _pending(workdir, phases))
    with _lock(workdir):
        _save_config(config, workdir)
        pending = _pending(workdir, phases)
        for phase in phases:
            if phase not in pending:
                print(f"stage {phase.stage}, {phase.name}: already finished")
                continue
            print(f"stage {phase.stage}, {phase.name}")
            run_phase(config, workdir, phase, strategy)
            if phase.grades:
                _calibrate(workdir, phase.stage)


def _complete(workdir: Workdir, stage: int) -> None:
    """Calibrates a finished run that was stopped before that."""
    if stage != workdir.latest_stage() or run_calibration(workdir):
        return
    with _lock(workdir):
        _calibrate(workdir, stage)


def _calibrate(workdir: Workdir, stage: int) -> None:
    """Calibrates a finished stage; what prevents it costs no training."""
    try:
        calibration = calibrate_workdir(workdir.path, stage=stage)
    except UserError as error:
        print(f"  not calibrated: {error}")
        return
    print(f"  calibrated: {calibration.line}")
    if calibration.least_probability is None:
        print(f"  {WITHOUT_SET}")


def _pending(workdir: Workdir, phases: Sequence[Phase]) -> list[Phase]:
    return [phase for phase in phases if not workdir.is_finished(phase.name)]


@contextlib.contextmanager
def _lock(workdir: Workdir) -> Iterator[None]:
    """Creates the workdir and holds its lock."""
    with contextlib.ExitStack() as stack:
        try:
            workdir.path.mkdir(parents=True, exist_ok=True)
            stack.enter_context(training_lock(workdir.path))
        except OSError as error:
            raise _unwritable(workdir.path, str(error.strerror)) from None
        yield


def _prepare(
    config: Config, workdir: Workdir, pending: Sequence[Phase]
) -> tf.distribute.Strategy:
    """Checks everything it can before it writes to the workdir."""
    _check_start(workdir, pending[0])
    _check_writable(workdir.path)
    read_journal(workdir.metrics_file)
    policy = set_precision(config.run)
    strategy = make_strategy(config.run)
    replicas = strategy.num_replicas_in_sync
    _check_batch_sizes(config, pending, replicas)
    check_memory(config, pending)
    weights = config.stage_1.imagenet_weights
    if weights and any(phase.starts_grading for phase in pending):
        imagenet.read_imagenet_weights(weights)
    check_data(config, pending)
    records.builders(config)
    # Some photographs may have turned out to be unreadable.
    check_data(config, pending)
    print(
        f"{workdir.path}: preset {config.run.preset}, {config.run.dataset}, "
        f"{policy}, {replicas} replica{'s' * (replicas > 1)}"
    )
    return strategy


def _save_config(config: Config, workdir: Workdir) -> None:
    try:
        config_file.save(config, workdir.config_file)
    except OSError as error:
        raise _unwritable(workdir.path, str(error.strerror)) from None


def _check_start(workdir: Workdir, first: Phase) -> None:
    """Refuses a phase whose starting weights are not there."""
    if first.start and not workdir.is_finished(first.start):
        raise UserError(
            f"stage {first.stage} starts from the best checkpoint of stage "
            f"{first.stage - 1}, which {workdir.path} does not have; train "
            f"stage {first.stage - 1} first",
            argument="stage",
        )


def _check_writable(path: pathlib.Path) -> None:
    """Refuses a folder that could not be created after the checks."""
    existing = next(p for p in (path, *path.absolute().parents) if p.exists())
    if not existing.is_dir():
        raise _unwritable(path, f"{existing} is not a folder")
    if not os.access(existing, os.W_OK):
        raise _unwritable(path, f"no permission to write to {existing}")


def _unwritable(path: pathlib.Path, reason: str) -> UserError:
    return UserError(f"{path} cannot be written ({reason})", argument="workdir")


def _check_batch_sizes(
    config: Config, pending: Sequence[Phase], replicas: int
) -> None:
    """Refuses batches that cannot be divided evenly among the replicas."""
    for phase in pending:
        size = phase.settings(config).batch_size
        if size % replicas:
            raise UserError(
                f"{size} cannot be divided evenly among {replicas} replicas; "
                f"choose a multiple of {replicas}",
                argument=f"{phase.option}.batch_size",
            )
