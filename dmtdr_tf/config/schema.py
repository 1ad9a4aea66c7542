"""The whole configuration of a run."""

import dataclasses
from collections.abc import Iterator

from dmtdr_tf.config.data import DataConfig
from dmtdr_tf.config.model import ModelConfig
from dmtdr_tf.config.phase import PhaseConfig, StageOneConfig, StageTwoConfig
from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.config.run import RunConfig
from dmtdr_tf.files.errors import UserError

__all__ = ["Config"]


@dataclasses.dataclass(frozen=True)
class Config:
    """The whole configuration of a run.

    Args:
        run: Data, machine and seed.
        model: Widths and variants of the subnets.
        data: Sizes and augmentation of the photographs.
        stage_1: Phases and losses of stage 1.
        stage_2: Phase and losses of stage 2.
        quality: Thresholds of the quality gate.

    Raises:
        UserError: Two values contradict each other, or a size does not fit
            the model.

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
        _require_multiple(self.data.high_res_size, stride, "data.high_res_size")
        if self.stage_1.imagenet_weights and self.model.grading_width != 64:
            raise UserError(
                f"needs model.grading_width=64, not {self.model.grading_width}",
                argument="stage_1.imagenet_weights",
            )
        for name, phase in self._phases():
            if phase.balance != "none" and self.run.dataset_weights:
                raise UserError(
                    f"dataset_weights and {name}.balance={phase.balance} are "
                    "mutually exclusive",
                    argument="run.dataset_weights",
                )
            _require_multiple(phase.crop_size, stride, f"{name}.crop_size")

    def _phases(self) -> Iterator[tuple[str, PhaseConfig]]:
        """Yields every phase with its dotted name."""
        for stage in dataclasses.fields(self):
            part = getattr(self, stage.name)
            for field in dataclasses.fields(part):
                phase = getattr(part, field.name)
                if isinstance(phase, PhaseConfig):
                    yield f"{stage.name}.{field.name}", phase

    @property
    def low_res_size(self) -> int:
        """Side of the low-resolution photograph, in pixels."""
        return self.data.high_res_size // self.model.scale


def _require_multiple(value: int, stride: int, name: str) -> None:
    """Refuses a size that the subnets' strides do not divide."""
    if value % stride:
        raise UserError(
            f"must be a multiple of {stride}, not {value}", argument=name
        )
