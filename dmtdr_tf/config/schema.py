"""The whole configuration of a workdir."""

import dataclasses

from dmtdr_tf.config.data import DataConfig
from dmtdr_tf.config.model import ModelConfig
from dmtdr_tf.config.phase import StageOneConfig, StageTwoConfig
from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.config.run import RunConfig
from dmtdr_tf.files.errors import UserError


@dataclasses.dataclass(frozen=True)
class Config:
    """The whole configuration of a workdir.

    Example:
    >>> Config(data=DataConfig(high_res_size=512)).low_res_size
    128
    """

    run: RunConfig = RunConfig()
    model: ModelConfig = ModelConfig()
    data: DataConfig = DataConfig()
    stage_1: StageOneConfig = StageOneConfig()
    stage_2: StageTwoConfig = StageTwoConfig()
    quality: QualityConfig = QualityConfig()

    def __post_init__(self) -> None:
        stride = 32 if self.model.scale < 8 else 64
        phases = (
            ("stage_1.restoration", self.stage_1.restoration),
            ("stage_1.grading", self.stage_1.grading),
            ("stage_2.joint", self.stage_2.joint),
        )
        if self.data.high_res_size % stride:
            raise UserError(
                f"must be a multiple of {stride}, not "
                f"{self.data.high_res_size}",
                argument="data.high_res_size",
            )
        if self.stage_1.imagenet_weights and self.model.grading_width != 64:
            raise UserError(
                f"needs model.grading_width=64, not {self.model.grading_width}",
                argument="stage_1.imagenet_weights",
            )
        for name, phase in phases:
            balanced = phase.class_balanced or phase.lesion_balanced
            if balanced and self.run.dataset_weights:
                raise UserError(
                    f"dataset weights and a balanced {name} are mutually "
                    "exclusive",
                    argument="run.dataset_weights",
                )
            if phase.crop_size % stride:
                raise UserError(
                    f"must be a multiple of {stride}, not {phase.crop_size}",
                    argument=f"{name}.crop_size",
                )

    @property
    def low_res_size(self) -> int:
        """Side of the low-resolution photograph, in pixels."""
        return self.data.high_res_size // self.model.scale
