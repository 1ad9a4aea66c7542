"""Which measure is held against which threshold, and what a refusal says."""

import dataclasses
from typing import Literal

from dmtdr_tf.config.quality import QualityConfig

__all__ = ["FOREIGN", "LOOKS", "NOT_A_FUNDUS", "POOR", "TOO_POOR", "Rule"]

# How the two kinds of refusal begin.
NOT_A_FUNDUS = "this is not a fundus photograph: "
TOO_POOR = "this photograph cannot be graded, because "


@dataclasses.dataclass(frozen=True)
class Rule:
    """A measure, its threshold, and what to say beyond it.

    Args:
        measure: A field of `Quality`.
        threshold: A field of `QualityConfig`; it begins with `min_` or `max_`.
        reason: Why the photograph is refused.
        value: How the measure is told: `{}` stands for its value.
        style: How its value is written: as a ratio, a share or a number.
    """

    measure: str
    threshold: str
    reason: str
    value: str
    style: Literal["ratio", "share", "number"] = "ratio"

    @property
    def is_least(self) -> bool:
        """Whether the threshold is the least value that passes."""
        return self.threshold.startswith("min_")

    def bound(self, config: QualityConfig) -> float:
        """Returns the threshold's value."""
        return float(getattr(config, self.threshold))

    def bound_text(self, config: QualityConfig) -> str:
        """Returns the threshold as the refusal tells it."""
        bound = self.bound(config)
        text = f"{bound:.0%}" if self.style == "share" else f"{bound:g}"
        return f"at {'least' if self.is_least else 'most'} {text}"


# What is not one whole fundus photograph, or has no color.
FOREIGN = (
    Rule("aspect", "max_aspect", "it is too long", "aspect ratio {}"),
    Rule("saturation", "min_saturation", "it has no color", "saturation {}"),
    Rule(
        "roundness",
        "min_roundness",
        "there is no round field on a dark background",
        "{} of its outline is round",
        "share",
    ),
    Rule(
        "outside",
        "max_outside",
        "there is something beside the field of view",
        "{} of its area",
        "share",
    ),
)

# What is too poor to be graded.
POOR = (
    Rule("sharpness", "min_sharpness", "it is blurred", "sharpness {}"),
    Rule("brightness", "min_brightness", "it is too dark", "brightness {}"),
    Rule(
        "overexposed",
        "max_overexposed",
        "it is overexposed",
        "{} of it",
        "share",
    ),
    Rule(
        "field",
        "min_field",
        "too little of the field of view is in it",
        "{}",
        "share",
    ),
    Rule(
        "side",
        "min_side",
        "its field of view is too small",
        "{} pixels wide",
        "number",
    ),
)

# Judged last: of what is blurred, dark or small, it tells little.
LOOKS = (
    Rule(
        "likeness",
        "min_likeness",
        "its colors and texture are not those of a retina",
        "likeness {}",
    ),
)
