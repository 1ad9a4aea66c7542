"""The two stages of training, as the phases they are made of."""

import os
import pathlib
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from dmtdr_tf.config import Config, PhaseConfig
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.phases import PHASES, Phase, PhaseName, stage_phases
from dmtdr_tf.data import pipeline, records
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models import imagenet
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.training import callbacks as callback_lib
from dmtdr_tf.training.distribution import make_strategy, set_precision
from dmtdr_tf.training.optimizer import phase_optimizer
from dmtdr_tf.training.workdir import Workdir

Stage = Literal["1", "2", "all"]
# Given a phase's name and its first epoch, returns more callbacks for it.
ExtraCallbacks = Callable[[PhaseName, int], Sequence[keras.callbacks.Callback]]


def train(
    config: Config, stage: Stage, extra_callbacks: ExtraCallbacks | None = None
) -> None:
    """Trains one stage or both in the configured workdir.

    A phase that is finished is passed over; one that was interrupted goes on
    from its last completed epoch.

    Args:
        config: The configuration; saved in the workdir once all that can be
            checked beforehand has been.
        stage: `"1"`, `"2"` or `"all"`.
        extra_callbacks: More callbacks for each phase.

    Raises:
        UserError: Stage 2 without stage 1, a workdir that cannot be written,
            batches that the replicas cannot share, data that cannot be read,
            a loss that is not finite for too long.
    """
    workdir = Workdir(config.run.workdir)
    numbers = (1, 2) if stage == "all" else (int(stage),)
    phases = [phase for number in numbers for phase in stage_phases(number)]
    pending = [phase for phase in phases if not workdir.is_finished(phase.name)]
    if pending:
        strategy = _prepare(config, workdir, pending)
    for phase in phases:
        if phase not in pending:
            print(f"stage {phase.stage}, {phase.name}: already finished")
            continue
        print(f"stage {phase.stage}, {phase.name}")
        run_phase(config, workdir, phase, strategy, extra_callbacks)


def _prepare(
    config: Config, workdir: Workdir, pending: Sequence[Phase]
) -> tf.distribute.Strategy:
    """Checks all that can be wrong, and only then writes to the workdir."""
    first = pending[0]
    if first.stage == 2 and not workdir.is_finished("grading"):
        raise UserError(
            f"--stage=2 starts from stage 1's best checkpoint, and "
            f"{workdir.path} has none; run it with --stage=1 first"
        )
    _check_writable(workdir.path)
    policy = set_precision(config.run)
    strategy = make_strategy(config.run)
    _check_shares(config, pending, strategy.num_replicas_in_sync)
    if config.stage_1.imagenet_weights and PHASES["grading"] in pending:
        imagenet.read_imagenet_weights(config.stage_1.imagenet_weights)
    records.builders(config)
    try:
        config_file.save(config, workdir.config_file)
    except OSError as error:
        raise _unwritable(workdir.path, str(error.strerror)) from None
    print(
        f"{workdir.path}: preset {config.run.preset}, {config.run.dataset}, "
        f"{policy}, {strategy.num_replicas_in_sync} replica(s)"
    )
    return strategy


def _check_writable(path: pathlib.Path) -> None:
    """A folder that is not there yet is made at the end of the checks."""
    place = next(p for p in (path, *path.absolute().parents) if p.exists())
    if not place.is_dir():
        raise _unwritable(path, f"{place} is no folder")
    if not os.access(place, os.W_OK):
        raise _unwritable(path, f"no permission in {place}")


def _unwritable(path: pathlib.Path, reason: str) -> UserError:
    return UserError(f"--workdir: {path} cannot be written ({reason})")


def _check_shares(
    config: Config, pending: Sequence[Phase], replicas: int
) -> None:
    """Every replica gets as many photographs of a batch as any other."""
    for phase in pending:
        size = phase.settings(config).batch_size
        if size % replicas:
            raise UserError(
                f"{size} cannot be shared evenly by {replicas} replicas; give "
                f"a multiple of {replicas}",
                argument=f"{phase.option}.batch_size",
            )


def run_phase(
    config: Config,
    workdir: Workdir,
    phase: Phase,
    strategy: tf.distribute.Strategy,
    extra_callbacks: ExtraCallbacks | None = None,
) -> None:
    """Trains one phase to its end.

    Args:
        config: The configuration.
        workdir: Where checkpoints and logs go.
        phase: The phase.
        strategy: What it computes on.
        extra_callbacks: More callbacks.
    """
    settings = phase.settings(config)
    folder = workdir.phase(phase.name)
    folder.mkdir(parents=True, exist_ok=True)
    resume = callback_lib.Resume(folder / "resume.npz")
    with strategy.scope():
        model = build_model(config, workdir, phase)
    maps = _frozen_maps(config, workdir, phase)
    # The data's size sets the schedule, so that it comes before compiling.
    data = pipeline.training_data(config, settings, phase.keep, 0, maps)
    with strategy.scope():
        compile_phase(model, config, phase, data.steps_per_epoch)
    if resume.restore(model):
        print(f"  goes on after epoch {resume.epoch}")
    if 0 < resume.epoch < settings.epochs:
        data = pipeline.training_data(
            config, settings, phase.keep, resume.epoch, maps
        )
    print(
        f"  {data.photographs} photographs, {data.steps_per_epoch} steps an "
        f"epoch, {'kept in memory' if data.cached else 'read every epoch'}"
    )
    replicas = strategy.num_replicas_in_sync
    validation = pipeline.evaluation_batches(
        config,
        "validation",
        replicas,
        phase.keep,
        maps,
        cache=True,
        fill=replicas > 1,
    )
    if phase.is_joint and not resume.epoch:
        _score_start(model, validation, workdir, resume)
    if resume.epoch < settings.epochs:
        made = _callbacks(config, workdir, phase, resume)
        if extra_callbacks:
            made += extra_callbacks(phase.name, resume.epoch)
        _fit(model, settings.epochs, resume.epoch, data, validation, made)
    (folder / "finished").touch()
    resume.path.unlink(missing_ok=True)


def _fit(model, epochs, initial_epoch, data, validation, callbacks):
    model.fit(
        data.batches,
        epochs=epochs,
        initial_epoch=initial_epoch,
        steps_per_epoch=data.steps_per_epoch,
        validation_data=validation,
        callbacks=callbacks,
        shuffle=False,
        verbose=1 if sys.stdout.isatty() else 2,
    )


def _score_start(model, validation, workdir, resume):
    """Stage 2 has to beat what it starts from, or that stays the best."""
    start = model.evaluate(validation, return_dict=True, verbose=0)
    if np.isfinite(start["score"]):
        resume.best = start["score"]
    shutil.copy(workdir.best("grading"), workdir.best("joint"))
    print(f"  starts from a validation score of {resume.best:.4f}")


def _callbacks(config, workdir, phase, resume):
    """A phase's own callbacks; the state is saved after the checkpoint."""
    best = workdir.best(phase.name)
    return [
        callback_lib.BestCheckpoint(best, resume),
        callback_lib.MetricsLog(workdir.metrics_file, phase.name, resume.epoch),
        resume,
        callback_lib.DivergenceGuard(config.run.max_bad_steps, best),
        keras.callbacks.TensorBoard(
            workdir.logs / phase.name, write_graph=False
        ),
    ]


def build_model(config: Config, workdir: Workdir, phase: Phase) -> DeepMTDR:
    """Builds a phase's model: starting weights, and what stays frozen.

    Args:
        config: The configuration.
        workdir: Where the starting weights are.
        phase: The phase.

    Returns:
        The model, not compiled.
    """
    keras.utils.set_random_seed(config.run.seed)
    model = DeepMTDR(config.model, seed=config.run.seed)
    if phase.start:
        workdir.load_weights(model, phase.start)
    if not phase.restores and config.stage_1.imagenet_weights:
        imagenet.assign_imagenet_weights(
            model.grader,
            imagenet.read_imagenet_weights(config.stage_1.imagenet_weights),
        )
    freeze(model, phase.settings(config))
    return model


def freeze(model: DeepMTDR, settings: PhaseConfig) -> None:
    """Freezes what a phase leaves as it is.

    Args:
        model: The model.
        settings: The phase's settings.
    """
    frozen = {
        "super_resolution": settings.freeze_super_resolution,
        "segmentation": settings.freeze_segmentation,
        "batch_norm": settings.freeze_batch_norm,
    }
    model.freeze([part for part, chosen in frozen.items() if chosen])


def compile_phase(
    model: DeepMTDR, config: Config, phase: Phase, steps: int
) -> None:
    """Compiles a model for a phase.

    Args:
        model: From `build_model`, in the same strategy scope.
        config: The configuration.
        phase: The phase.
        steps: Steps an epoch.
    """
    settings = phase.settings(config)
    updates = steps * settings.epochs // settings.gradient_accumulation
    factors = {
        "super_resolution": 1.0,
        "segmentation": settings.segmentation_learning_rate_multiplier,
        "grading": settings.grading_learning_rate_multiplier,
    }
    multipliers = [
        factors[subnet]
        for subnet, variables in model.learners(phase.name).items()
        for _ in variables
    ]
    model.compile(
        phase_optimizer(settings, updates, multipliers),
        phase.losses(config),
        phase.name,
        settings.gradient_accumulation,
    )


def _frozen_maps(config, workdir, phase):
    """The frozen segmenter as a function, for the data to keep its maps.

    A model of its own, outside of the replicas: a data set's function cannot
    read their variables.
    """
    if phase.restores:
        return None
    segmenter = build_model(config, workdir, phase).segmenter
    return lambda photographs: segmenter(photographs, training=False)
