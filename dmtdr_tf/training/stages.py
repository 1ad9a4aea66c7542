"""The two stages of training, as the phases they are made of."""

import dataclasses
import os
import pathlib
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from dmtdr_tf.config import Config, LossConfig, PhaseConfig
from dmtdr_tf.config import file as config_file
from dmtdr_tf.data import pipeline, records
from dmtdr_tf.data.records import Keep
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models import imagenet
from dmtdr_tf.models.deepmt_dr import DeepMTDR, Phase
from dmtdr_tf.training import callbacks as callback_lib
from dmtdr_tf.training.distribution import make_strategy, set_precision
from dmtdr_tf.training.optimizer import phase_optimizer
from dmtdr_tf.training.workdir import STAGE_PHASES, Workdir

Stage = Literal["1", "2", "all"]
# Given a phase's name and its first epoch, returns more callbacks for it.
ExtraCallbacks = Callable[[Phase, int], Sequence[keras.callbacks.Callback]]


@dataclasses.dataclass(frozen=True)
class PhasePlan:
    """What one phase needs.

    Args:
        name: Its name.
        phase: Its length, batches and learning rate.
        losses: Its loss weights.
        keep: The photographs it trains on.
        start: The phase whose best weights it starts from.
    """

    name: Phase
    phase: PhaseConfig
    losses: LossConfig
    keep: Keep
    start: Phase | None


def plans(config: Config) -> dict[Phase, PhasePlan]:
    """Returns the plan of every phase.

    Args:
        config: The configuration.
    """
    one, two = config.stage_1, config.stage_2
    return {
        plan.name: plan
        for plan in (
            PhasePlan(
                "restoration", one.restoration, one.losses, "lesions", None
            ),
            PhasePlan(
                "grading", one.grading, one.losses, "grade", "restoration"
            ),
            PhasePlan("joint", two.joint, two.losses, "all", "grading"),
        )
    }


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
    names = [name for number in numbers for name in STAGE_PHASES[number]]
    pending = [name for name in names if not workdir.is_finished(name)]
    if pending:
        strategy = _prepare(config, workdir, pending)
    for name in names:
        number = 2 if name == "joint" else 1
        if name not in pending:
            print(f"stage {number}, {name}: already finished")
            continue
        print(f"stage {number}, {name}")
        run_phase(
            config, workdir, plans(config)[name], strategy, extra_callbacks
        )


def _prepare(
    config: Config, workdir: Workdir, pending: Sequence[Phase]
) -> tf.distribute.Strategy:
    """Checks all that can be wrong, and only then writes to the workdir."""
    first = pending[0]
    if first == "joint" and not workdir.is_finished("grading"):
        raise UserError(
            f"--stage=2 starts from stage 1's best checkpoint, and "
            f"{workdir.path} has none; run it with --stage=1 first"
        )
    _check_writable(workdir.path)
    policy = set_precision(config.run)
    strategy = make_strategy(config.run)
    _check_shares(config, pending, strategy.num_replicas_in_sync)
    if config.stage_1.imagenet_weights and "grading" in pending:
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
    for name in pending:
        size = plans(config)[name].phase.batch_size
        if size % replicas:
            stage = 2 if name == "joint" else 1
            raise UserError(
                f"--stage-{stage}.{name}.batch-size: {size} cannot be shared "
                f"evenly by {replicas} replicas; give a multiple of "
                f"{replicas}"
            )


def run_phase(
    config: Config,
    workdir: Workdir,
    plan: PhasePlan,
    strategy: tf.distribute.Strategy,
    extra_callbacks: ExtraCallbacks | None = None,
) -> None:
    """Trains one phase to its end.

    Args:
        config: The configuration.
        workdir: Where checkpoints and logs go.
        plan: The phase.
        strategy: What it computes on.
        extra_callbacks: More callbacks.
    """
    folder = workdir.phase(plan.name)
    folder.mkdir(parents=True, exist_ok=True)
    resume = callback_lib.Resume(folder / "resume.npz")
    with strategy.scope():
        model = build_model(config, workdir, plan)
    maps = _frozen_maps(config, workdir, plan)
    # The data's size sets the schedule, so that it comes before compiling.
    data = pipeline.training_data(config, plan.phase, plan.keep, 0, maps)
    with strategy.scope():
        compile_phase(model, plan, data.steps_per_epoch)
    if resume.restore(model):
        print(f"  goes on after epoch {resume.epoch}")
    if 0 < resume.epoch < plan.phase.epochs:
        data = pipeline.training_data(
            config, plan.phase, plan.keep, resume.epoch, maps
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
        plan.keep,
        maps,
        cache=True,
        fill=replicas > 1,
    )
    if plan.name == "joint" and not resume.epoch:
        _score_start(model, validation, workdir, resume)
    if resume.epoch < plan.phase.epochs:
        made = _callbacks(config, workdir, plan, resume)
        if extra_callbacks:
            made += extra_callbacks(plan.name, resume.epoch)
        _fit(model, plan.phase.epochs, resume.epoch, data, validation, made)
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


def _callbacks(config, workdir, plan, resume):
    """A phase's own callbacks; the state is saved after the checkpoint."""
    best = workdir.best(plan.name)
    return [
        callback_lib.BestCheckpoint(best, resume),
        callback_lib.MetricsLog(workdir.metrics_file, plan.name, resume.epoch),
        resume,
        callback_lib.DivergenceGuard(config.run.max_bad_steps, best),
        keras.callbacks.TensorBoard(
            workdir.logs / plan.name, write_graph=False
        ),
    ]


def build_model(config: Config, workdir: Workdir, plan: PhasePlan) -> DeepMTDR:
    """Builds a phase's model: starting weights, and what stays frozen.

    Args:
        config: The configuration.
        workdir: Where the starting weights are.
        plan: The phase.

    Returns:
        The model, not compiled.
    """
    keras.utils.set_random_seed(config.run.seed)
    model = DeepMTDR(config.model, seed=config.run.seed)
    if plan.start:
        workdir.load_weights(model, plan.start)
    if plan.name == "grading" and config.stage_1.imagenet_weights:
        imagenet.assign_imagenet_weights(
            model.grader,
            imagenet.read_imagenet_weights(config.stage_1.imagenet_weights),
        )
    freeze(model, plan)
    return model


def freeze(model: DeepMTDR, plan: PhasePlan) -> None:
    """Freezes what a phase leaves as it is.

    Args:
        model: The model.
        plan: The phase.
    """
    frozen = {
        "super_resolution": plan.phase.freeze_super_resolution,
        "segmentation": plan.phase.freeze_segmentation,
        "batch_norm": plan.phase.freeze_batch_norm,
    }
    model.freeze([part for part, chosen in frozen.items() if chosen])


def compile_phase(model: DeepMTDR, plan: PhasePlan, steps: int) -> None:
    """Compiles a model for a phase.

    Args:
        model: From `build_model`, in the same strategy scope.
        plan: The phase.
        steps: Steps an epoch.
    """
    updates = steps * plan.phase.epochs // plan.phase.gradient_accumulation
    factors = {
        "super_resolution": 1.0,
        "segmentation": plan.phase.segmentation_learning_rate_multiplier,
        "grading": plan.phase.grading_learning_rate_multiplier,
    }
    multipliers = [
        factors[subnet]
        for subnet, variables in model.learners(plan.name).items()
        for _ in variables
    ]
    model.compile(
        phase_optimizer(plan.phase, updates, multipliers),
        plan.losses,
        plan.name,
        plan.phase.gradient_accumulation,
    )


def _frozen_maps(config, workdir, plan):
    """The frozen segmenter as a function, for the data to keep its maps.

    A model of its own, outside of the replicas: a data set's function cannot
    read their variables.
    """
    if plan.name != "grading":
        return None
    segmenter = build_model(config, workdir, plan).segmenter
    return lambda photographs: segmenter(photographs, training=False)
