"""The presets: whole configurations by name."""

import types
from collections.abc import Mapping
from typing import Any

from dmtdr_tf.config import (
    Config,
    DataConfig,
    LossConfig,
    ModelConfig,
    PhaseConfig,
    RunConfig,
    StageOneConfig,
    StageTwoConfig,
)
from dmtdr_tf.files.errors import UserError


def _preset(name: str, **parts: Any) -> Config:
    return Config(run=RunConfig(preset=name), **parts)


def _practical_losses(**weights: Any) -> LossConfig:
    """Loss weights for small data: cross-entropy beside dice.

    Ten to one, because a probability near 0 or 1 gives dice no gradient.
    """
    return LossConfig(lesion_cross_entropy_loss_weight=10.0, **weights)


def _stage_1(restoration: Mapping[str, Any], grading: Mapping[str, Any]):
    """Stage 1 for data of hundreds of photographs."""
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
    """Stage 2 for data of hundreds of photographs.

    Eight photographs make an update, as in stage 1, and the learning rate
    rises first: updates of two throw the grader off. Eq. 4 and 8 weigh less
    than in Table 1, a choice that is not measured yet: the evidence of a
    grader trained on few photographs is coarse beside a lesion.
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
        "base": _preset(
            "base",
            model=ModelConfig(segmentation_width=16),
            stage_1=_stage_1({"epochs": 20}, {"epochs": 20}),
            stage_2=_stage_2(epochs=4),
        ),
        "small": _preset(
            "small",
            model=ModelConfig(segmentation_width=16, grading_width=32),
            data=DataConfig(high_res_size=512, photometric_jitter=0.2),
            stage_1=_stage_1({"epochs": 26}, {"epochs": 12}),
            stage_2=_stage_2(epochs=2),
        ),
        "device": _preset(
            "device",
            model=ModelConfig(
                super_resolution_width=16,
                segmentation_width=8,
                grading_width=16,
                grading_units=128,
            ),
            stage_1=_stage_1({"epochs": 20}, {"epochs": 20}),
            stage_2=_stage_2(epochs=4),
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

    Raises:
        UserError: There is no such preset.
    """
    if name not in PRESETS:
        raise UserError(
            f"no preset {name!r}; choose from {', '.join(PRESETS)}",
            argument="preset",
        )
    return PRESETS[name]
