"""One phase of training, from its start or where it was interrupted."""

import shutil

import keras
import numpy as np
import tensorflow as tf

from dmtdr_tf.config import Config
from dmtdr_tf.config.phases import Phase
from dmtdr_tf.data import pipeline
from dmtdr_tf.files.checksum import check_checksum
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.whole_file import whole_file
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.training import callbacks
from dmtdr_tf.training.journal import read_journal
from dmtdr_tf.training.phase_model import build_model, compile_phase
from dmtdr_tf.training.step_axis import StepAxis
from dmtdr_tf.training.workdir import Workdir

__all__ = ["check_resumed", "frozen_lesion_maps", "run_phase"]


def run_phase(
    config: Config,
    workdir: Workdir,
    phase: Phase,
    strategy: tf.distribute.Strategy,
) -> None:
    """Trains one phase to its end.

    Args:
        config: The configuration.
        workdir: The run's folder, for checkpoints and logs.
        phase: The phase.
        strategy: Distributes the training over devices.

    Raises:
        UserError: The data or the starting weights cannot be read, or the
            loss is not finite for too many steps.
    """
    folder = workdir.phase(phase.name)
    folder.mkdir(parents=True, exist_ok=True)
    resume = callbacks.Resume(folder / "resume.npz")
    with strategy.scope():
        model = build_model(config, workdir, phase)
    lesion_maps = frozen_lesion_maps(config, workdir, phase)
    # The data's size sets the schedule, so read the data before compiling.
    data = _training_data(config, phase, 0, lesion_maps)
    with strategy.scope():
        compile_phase(model, config, phase, data.steps_per_epoch)
    epochs = phase.settings(config).epochs
    if resume.load_state(model):
        check_resumed(workdir, phase, resume, epochs)
        print(f"  resuming after epoch {resume.epoch}")
    if 0 < resume.epoch < epochs:
        data = _training_data(config, phase, resume.epoch, lesion_maps)
    print(
        f"  {data.photographs} photographs, {data.steps_per_epoch} steps per "
        f"epoch, {'cached in memory' if data.cached else 'read every epoch'}"
    )
    validation = _validation_batches(
        config, phase, strategy.num_replicas_in_sync, lesion_maps
    )
    if phase.is_joint and not resume.epoch:
        _score_start(model, validation, workdir, phase, resume)
    if resume.epoch < epochs:
        model.fit(
            data.batches,
            epochs=epochs,
            initial_epoch=resume.epoch,
            steps_per_epoch=data.steps_per_epoch,
            validation_data=validation,
            callbacks=_callbacks(
                config, workdir, phase, resume, data.steps_per_epoch
            ),
            shuffle=False,
            verbose=0,
        )
    (folder / "finished").touch()
    resume.path.unlink(missing_ok=True)


def check_resumed(
    workdir: Workdir, phase: Phase, resume: callbacks.Resume, epochs: int
) -> None:
    """Refuses a state that does not fit the phase or its best weights.

    Args:
        workdir: The run's folder.
        phase: The phase.
        resume: The state that was loaded.
        epochs: Number of epochs of the phase.

    Raises:
        UserError: The state is after the last epoch, or the best weights are
            lost or damaged: another epoch's would take their place.
    """
    if resume.epoch > epochs:
        raise UserError(
            f"{resume.path}: is after epoch {resume.epoch}, but the phase has "
            f"{epochs}; delete it to train this phase from the start"
        )
    best = workdir.best(phase.name)
    remedy = workdir.remedy(best)
    if not best.is_file():
        raise UserError(f"{best}: no such file; {remedy}")
    check_checksum(best, remedy)


def _training_data(
    config: Config,
    phase: Phase,
    initial_epoch: int,
    lesion_maps: pipeline.LesionMaps | None,
) -> pipeline.TrainingData:
    return pipeline.training_data(
        config,
        phase.settings(config),
        phase.keep,
        initial_epoch,
        lesion_maps,
        _super_resolved(config, phase),
    )


def _super_resolved(config: Config, phase: Phase) -> float:
    """Returns the fraction of photographs that the grader sees restored."""
    if phase.starts_grading:
        return config.stage_1.super_resolved_fraction
    return 0.0


def _validation_batches(
    config: Config,
    phase: Phase,
    replicas: int,
    lesion_maps: pipeline.LesionMaps | None,
) -> tf.data.Dataset:
    """Returns batches of one photograph per replica."""
    return pipeline.evaluation_batches(
        config,
        "validation",
        replicas,
        phase.keep,
        lesion_maps,
        cache=True,
        fill=replicas > 1,
        super_resolved=_super_resolved(config, phase) > 0,
    )


def _score_start(
    model: DeepMTDR,
    validation: tf.data.Dataset,
    workdir: Workdir,
    phase: Phase,
    resume: callbacks.Resume,
) -> None:
    """Keeps the starting weights as the best until an epoch beats them."""
    assert phase.start
    metrics = model.evaluate(validation, return_dict=True, verbose=0)
    if np.isfinite(metrics["score"]):
        resume.best = metrics["score"]
    with whole_file(workdir.best(phase.name)) as partial:
        shutil.copy(workdir.best(phase.start), partial)
    print(f"  starting from a validation score of {resume.best:.4f}")


def _callbacks(
    config: Config,
    workdir: Workdir,
    phase: Phase,
    resume: callbacks.Resume,
    steps: int,
) -> list[keras.callbacks.Callback]:
    """Returns the phase's callbacks, the state after the checkpoint."""
    best, logs = workdir.best(phase.name), workdir.logs / phase.name
    journal = workdir.metrics_file
    axis = StepAxis.of(read_journal(journal), phase.name, steps)
    return [
        callbacks.EpochLine(phase.settings(config).epochs, steps, resume),
        callbacks.BestCheckpoint(best, resume),
        callbacks.MetricsLog(journal, phase.name, resume.epoch, axis),
        resume,
        callbacks.DivergenceGuard(config.run.max_bad_steps, best),
        callbacks.Summaries(config, logs, axis),
        callbacks.PictureSummary(config, logs, axis=axis, epoch=resume.epoch),
    ]


def frozen_lesion_maps(
    config: Config, workdir: Workdir, phase: Phase
) -> pipeline.LesionMaps | None:
    """Returns the frozen segmenter as a function, to cache its lesion maps.

    The function uses a model of its own outside the replicas, because the
    functions of a `tf.data.Dataset` cannot read their variables.

    Args:
        config: The configuration.
        workdir: The run's folder, with the starting weights.
        phase: The phase.

    Returns:
        Photographs `[B, S, S, 3]` to lesion maps `[B, S, S, 4]`; None for a
        phase that trains the segmenter, or whose photographs change before
        they are segmented.
    """
    if phase.restores or _super_resolved(config, phase):
        return None
    segmenter = build_model(config, workdir, phase).segmenter
    return lambda photographs: segmenter(photographs, training=False)
