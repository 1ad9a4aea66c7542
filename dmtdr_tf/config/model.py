"""Widths and variants of the three subnets."""

import dataclasses
from typing import Literal

from dmtdr_tf.config.checks import (
    require_choice,
    require_choices,
    require_each,
    require_limit,
    require_positive,
)
from dmtdr_tf.files.errors import UserError

__all__ = ["Evidence", "ModelConfig"]

Evidence = Literal[
    "gmsv", "gmsv_literal", "grad_cam", "guided_backprop", "smooth_grad"
]


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """Widths and variants of the three subnets.

    Args:
        scale: Super-resolution factor: 2, 4 or 8.
        super_resolution_width: Channels of the super-resolver.
        super_resolution_blocks: Residual blocks of the super-resolver.
        upscaling: Layer type of each x2 upscaling step.
        super_resolution_output: `"residual"` adds the network's output to the
            bicubic upsampling; `"tanh"` outputs `(tanh(x) + 1) / 2`.
        segmentation_width: Channels of the segmenter's first level; each of
            the four levels below doubles them. Must be even.
        grading_width: Channels of the grader's stem (64 in ResNet-18).
        grading_units: Units of the grader's hidden dense layer.
        dropout: Dropout rate before the grader's last dense layer.
        pyramid: Bins per side of each spatial pyramid pooling level.
        evidence: Evidence map used in eq. 4 and 8 and in every report;
            `"gmsv_literal"` is Algorithm 1 as the paper prints it.
        evidence_score: Score the evidence map is computed for. `"positive"`
            sums the logits of grades 1 to 4; `"predicted"` uses logit 0
            instead where grade 0 is predicted.
        use_super_resolution: Use the super-resolver; if not, upsample
            bicubically.
        use_segmentation: Use the segmenter; if not, give the grader lesion
            maps of zeros.

    Raises:
        UserError: A value is out of range.
    """

    scale: int = 4
    super_resolution_width: int = 32
    super_resolution_blocks: int = 5
    upscaling: Literal["depth_to_space", "transposed"] = "depth_to_space"
    super_resolution_output: Literal["residual", "tanh"] = "residual"
    segmentation_width: int = 64
    grading_width: int = 64
    grading_units: int = 512
    dropout: float = 0.5
    pyramid: tuple[int, ...] = (4, 2, 1)
    evidence: Evidence = "gmsv"
    evidence_score: Literal["positive", "predicted"] = "positive"
    use_super_resolution: bool = True
    use_segmentation: bool = True

    def __post_init__(self) -> None:
        require_choice("model.scale", self.scale, (2, 4, 8))
        require_choices(self, "model.")
        require_positive(self, "model.", 65_536)
        # The largest layers have 16 and 8 times the width.
        require_limit(self, "model.", ("segmentation_width",), 512)
        widths = ("super_resolution_width", "grading_width")
        require_limit(self, "model.", widths, 1024)
        require_limit(self, "model.", ("super_resolution_blocks",), 256)
        if self.segmentation_width % 2:
            raise UserError(
                f"must be even, not {self.segmentation_width}",
                argument="model.segmentation_width",
            )
        if not 1 <= len(self.pyramid) <= 16:
            raise UserError(
                f"must hold 1 to 16 numbers, not {len(self.pyramid)}",
                argument="model.pyramid",
            )
        require_each(self, "model.", "pyramid", 1, 256)
        if not 0 <= self.dropout < 1:
            raise UserError(
                f"must be in [0, 1), not {self.dropout}",
                argument="model.dropout",
            )
