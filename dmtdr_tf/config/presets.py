"""Presets: complete configurations by name."""

import dataclasses
import types
from collections.abc import Mapping
from typing import Any

from dmtdr_tf.config.data import DataConfig
from dmtdr_tf.config.losses import LossConfig
from dmtdr_tf.config.model import ModelConfig
from dmtdr_tf.config.phase import PhaseConfig, StageOneConfig, StageTwoConfig
from dmtdr_tf.config.run import BestEpoch, RunConfig
from dmtdr_tf.config.schema import Config
from dmtdr_tf.files.errors import UserError

__all__ = ["PRESETS", "preset"]


# Weights that make every grade count the same in eq. 9. Its denominators are
# 15, 12, 11, 12 and 15, so that without them grades 0 and 4 count less.
_EQUAL_GRADES = (15 / 11, 12 / 11, 1.0, 12 / 11, 15 / 11)


def _preset(name: str, best_epoch: BestEpoch = "kappa", **parts: Any) -> Config:
    return Config(run=RunConfig(preset=name, best_epoch=best_epoch), **parts)


def _real_photographs(
    name: str,
    data: Mapping[str, Any],
    epochs: tuple[int, int, int],
    model: ModelConfig,
) -> Config:
    """Returns a preset for a few hundred photographs of one camera.

    It is to work on photographs of other cameras too. The subnets learn from
    photographs as other cameras would take them, the grader from
    super-resolved ones, as in use, and the weights are averaged over about
    as many updates as an epoch has.

    Args:
        name: Name of the preset.
        data: Fields of `DataConfig`.
        epochs: Epochs of restoration, grading and joint training.
        model: Widths of the subnets.
    """
    restoration, grading, joint = epochs
    stage_1 = _stage_1(
        {
            "epochs": restoration,
            "weight_averaging": 0.99,
            "learning_rate": 2e-3,
            "segmentation_learning_rate_multiplier": 0.5,
        },
        {"epochs": grading, "weight_averaging": 0.98},
    )
    stage_2 = _stage_2(epochs=joint, weight_averaging=0.98)
    return _preset(
        name,
        best_epoch="probabilities",
        model=model,
        data=DataConfig(augmentation="wide", degradation="mixed", **data),
        stage_1=dataclasses.replace(
            stage_1,
            super_resolved_fraction=0.75,
            losses=_with_equal_grades(stage_1.losses),
        ),
        stage_2=dataclasses.replace(
            stage_2, losses=_with_equal_grades(stage_2.losses)
        ),
    )


def _with_equal_grades(losses: LossConfig) -> LossConfig:
    return dataclasses.replace(losses, grade_weights=_EQUAL_GRADES)


def _practical_losses(**weights: Any) -> LossConfig:
    """Returns loss weights for small data: Dice plus cross-entropy.

    The cross-entropy weighs ten times as much, because the Dice loss has no
    gradient where a probability is near 0 or 1.
    """
    return LossConfig(lesion_cross_entropy_loss_weight=10.0, **weights)


def _stage_1(
    restoration: Mapping[str, Any], grading: Mapping[str, Any]
) -> StageOneConfig:
    """Returns stage 1 for data sets of hundreds of photographs."""
    shared = {"warmup": 0.05, "schedule": "cosine", "learning_rate": 3e-4}
    return StageOneConfig(
        restoration=PhaseConfig(
            **{
                "batch_size": 4,
                "crop_size": 256,
                "steps_per_epoch": 100,
                "segmentation_learning_rate_multiplier": 3.0,
                "lesion_focus": 0.75,
                **shared,
                **restoration,
            }
        ),
        grading=PhaseConfig(**{"batch_size": 8, **shared, **grading}),
        losses=_practical_losses(segmentation_aware_loss_weight=1.0),
    )


def _stage_2(**joint: Any) -> StageTwoConfig:
    """Returns stage 2 for data sets of hundreds of photographs.

    As in stage 1, eight photographs make one update, and the learning rate
    warms up: updates from two photographs destabilize the grader. Eq. 4 and 8
    weigh less than in Table 1, because the evidence of a grader trained on few
    photographs is coarser than a lesion. This choice has not been measured
    yet.
    """
    return StageTwoConfig(
        joint=PhaseConfig(
            **{
                "batch_size": 2,
                "gradient_accumulation": 4,
                "learning_rate": 5e-5,
                "warmup": 0.1,
                "schedule": "cosine",
                "freeze_batch_norm": True,
                **joint,
            }
        ),
        losses=_practical_losses(
            classification_aware_loss_weight=0.1,
            semi_supervised_loss_weight=0.05,
        ),
    )


PRESETS: Mapping[str, Config] = types.MappingProxyType(
    {
        "paper": _preset("paper"),
        "base": _real_photographs(
            "base", {}, (26, 16, 4), ModelConfig(segmentation_width=16)
        ),
        "small": _real_photographs(
            "small",
            {"high_res_size": 512, "photometric_jitter": 0.2},
            (26, 16, 2),
            ModelConfig(segmentation_width=16, grading_width=32),
        ),
        "device": _real_photographs(
            "device",
            {},
            (26, 16, 4),
            ModelConfig(
                super_resolution_width=16,
                segmentation_width=8,
                grading_width=16,
                grading_units=128,
            ),
        ),
        "demo": _preset(
            "demo",
            model=ModelConfig(
                super_resolution_width=16,
                super_resolution_blocks=3,
                segmentation_width=8,
                grading_width=16,
                grading_units=64,
                dropout=0.2,
            ),
            data=DataConfig(high_res_size=256),
            stage_1=_stage_1(
                {
                    "epochs": 5,
                    "steps_per_epoch": 60,
                    "batch_size": 8,
                    "crop_size": 128,
                    "learning_rate": 1e-3,
                },
                {"epochs": 9},
            ),
            stage_2=_stage_2(
                epochs=1,
                batch_size=4,
                gradient_accumulation=1,
                learning_rate=1e-4,
                warmup=0.0,
                grading_learning_rate_multiplier=2.0,
            ),
        ),
    }
)


def preset(name: str) -> Config:
    """Returns a preset by name.

    Args:
        name: `"paper"`, `"base"`, `"small"`, `"device"` or `"demo"`.

    Returns:
        The configuration.

    Raises:
        UserError: There is no such preset.

    Example:
    >>> preset("small").low_res_size
    128
    """
    if name not in PRESETS:
        raise UserError(
            f"no preset {name!r}; choose from {', '.join(PRESETS)}",
            argument="preset",
        )
    return PRESETS[name]
