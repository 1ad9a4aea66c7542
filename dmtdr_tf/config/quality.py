"""Thresholds of a photograph's quality."""

import dataclasses

from dmtdr_tf.config.checks import require_range

__all__ = ["QualityConfig"]


@dataclasses.dataclass(frozen=True)
class QualityConfig:
    """Thresholds below which a photograph is too poor to be graded.

    All of the 391 photographs of IDRiD that we tried pass the defaults.
    `dmtdr_tf.preprocessing.Quality` explains the measures. The defaults stand
    here alone; an exported model brings the thresholds of its workdir.

    Args:
        gate: Refuse such photographs in prediction.
        min_sharpness: Least sharpness, a ratio; a sharp photograph has 0.9.
        min_brightness: Least mean brightness of the field of view, 0 to 1.
        max_overexposed: Largest share of it that is saturated, 0 to 1.
        min_field: Least share of the disc that is in the frame, 0 to 1.

    Raises:
        UserError: A threshold is out of its range.

    Example:
        >>> QualityConfig(min_field=0.4).min_field
        0.4
    """

    gate: bool = True
    min_sharpness: float = 0.43
    min_brightness: float = 0.1
    max_overexposed: float = 0.25
    min_field: float = 0.5

    def __post_init__(self) -> None:
        shares = ("min_brightness", "max_overexposed", "min_field")
        require_range(self, "quality.", ("min_sharpness",), 0)
        require_range(self, "quality.", shares, 0, 1)
