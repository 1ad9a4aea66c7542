"""The model of a training phase: built, frozen in part and compiled."""

import keras

from dmtdr_tf.config import Config, PhaseConfig
from dmtdr_tf.config.phases import Phase
from dmtdr_tf.models import imagenet
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.training.optimizer import phase_optimizer
from dmtdr_tf.training.workdir import Workdir

__all__ = ["build_model", "compile_phase", "freeze"]


def build_model(config: Config, workdir: Workdir, phase: Phase) -> DeepMTDR:
    """Builds the model of a phase, with its starting weights.

    Args:
        config: The configuration.
        workdir: The run's folder, with the starting weights.
        phase: The phase.

    Returns:
        The model, not compiled, with everything frozen that the phase does
        not train.

    Raises:
        UserError: The starting weights cannot be loaded.
    """
    keras.utils.set_random_seed(config.run.seed)
    model = DeepMTDR(config.model, seed=config.run.seed)
    if phase.start:
        workdir.load_weights(model, phase.start)
    weights = config.stage_1.imagenet_weights
    if weights and phase.starts_grading:
        imagenet.assign_imagenet_weights(
            model.grader, imagenet.read_imagenet_weights(weights)
        )
    freeze(model, phase.settings(config))
    return model


def freeze(model: DeepMTDR, settings: PhaseConfig) -> None:
    """Freezes the parts of a model that a phase does not train.

    Args:
        model: The model.
        settings: The phase's settings.
    """
    choices = {
        "super_resolution": settings.freeze_super_resolution,
        "segmentation": settings.freeze_segmentation,
        "batch_norm": settings.freeze_batch_norm,
    }
    model.freeze([part for part, frozen in choices.items() if frozen])


def compile_phase(
    model: DeepMTDR, config: Config, phase: Phase, steps: int
) -> None:
    """Compiles a model for a phase.

    Args:
        model: From `build_model`, in the same strategy scope.
        config: The configuration.
        phase: The phase.
        steps: Steps per epoch.
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
        config.run.best_epoch,
    )
