"""Widths and choices of the subnets."""

import dataclasses
from typing import Literal

from dmtdr_tf.config.checks import require_choice, require_positive
from dmtdr_tf.files.errors import UserError

Evidence = Literal["gmsv", "grad_cam", "guided_backprop", "smooth_grad"]


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """Widths and choices of the three subnets.

    Args:
        scale: Super-resolution factor: 2, 4 or 8.
        super_resolution_width: Channels of the super-resolver.
        super_resolution_blocks: Residual blocks of the super-resolver.
        upscaling: How one x2 upscaling layer is made.
        super_resolution_output: `"residual"` adds the network's output to the
            bicubic upsampling; `"tanh"` is `(tanh(x) + 1) / 2`.
        segmentation_width: Channels of the segmenter's first level, doubled
            at each of the four levels below.
        grading_width: Channels of the grader's stem (64 in ResNet-18).
        grading_units: Units of the grader's hidden dense layer.
        dropout: Dropout rate before the grader's last dense layer.
        pyramid: Bins per side of each spatial pyramid pooling level.
        evidence: The evidence map of eq. 4 and 8 and of every report.
        evidence_score: `"positive"` sums the logits of grades 1-4;
            `"predicted"` takes logit 0 where grade 0 is predicted.
        use_super_resolution: False upsamples bicubically instead.
        use_segmentation: False feeds the grader zero lesion maps.
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
        require_positive(self, "model")
        if self.segmentation_width % 2:
            raise UserError(
                f"must be even, not {self.segmentation_width}",
                argument="model.segmentation_width",
            )
        if not self.pyramid or min(self.pyramid) < 1:
            raise UserError(
                f"must hold numbers of at least 1, not {self.pyramid}",
                argument="model.pyramid",
            )
        if not 0 <= self.dropout < 1:
            raise UserError(
                f"must be in [0, 1), not {self.dropout}",
                argument="model.dropout",
            )
