"""Configuration: frozen dataclasses, presets and the JSON file."""

from dmtdr_tf.config.data import DataConfig
from dmtdr_tf.config.losses import LossConfig
from dmtdr_tf.config.model import Evidence, ModelConfig
from dmtdr_tf.config.phase import (
    Balance,
    PhaseConfig,
    StageOneConfig,
    StageTwoConfig,
)
from dmtdr_tf.config.presets import preset
from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.config.run import RunConfig
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.config.schema import Config

__all__ = [
    "Balance",
    "Config",
    "DataConfig",
    "Evidence",
    "LossConfig",
    "ModelConfig",
    "PhaseConfig",
    "QualityConfig",
    "RunConfig",
    "RunFolder",
    "StageOneConfig",
    "StageTwoConfig",
    "preset",
]
