"""Thresholds of a photograph's quality."""

import dataclasses

from dmtdr_tf.config.checks import require_range

__all__ = ["QualityConfig"]


@dataclasses.dataclass(frozen=True)
class QualityConfig:
    """Thresholds beyond which a photograph is refused.

    The first four tell whether a photograph is good enough to be graded, the
    others whether it is one whole fundus photograph in color. All photographs
    of IDRiD pass the defaults. `dmtdr_tf.preprocessing.Quality` explains the
    measures. The defaults stand here alone; an exported model brings the
    thresholds of its workdir.

    Args:
        gate: Refuse such photographs in prediction.
        min_sharpness: Least sharpness, a ratio; a sharp photograph has 0.9.
        min_brightness: Least mean brightness of the field of view, 0 to 1.
        max_overexposed: Largest share of it that is saturated, 0 to 1.
        min_field: Least share of the disc that is in the frame, 0 to 1.
        min_side: Least rows and columns of the field of view, in pixels.
        max_aspect: Largest ratio of the frame's longer side to the shorter.
        min_saturation: Least mean saturation of the field of view, 0 to 1.
        min_roundness: Least share of its outline that lies on one circle,
            0 to 1.
        max_outside: Most that is lit around it, relative to it.
        min_likeness: Least likeness of its colors and texture to those of a
            retina, 0 to 1.

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
    min_side: float = 48
    max_aspect: float = 4
    min_saturation: float = 0.15
    min_roundness: float = 0.25
    max_outside: float = 0.2
    min_likeness: float = 0.1

    def __post_init__(self) -> None:
        ratios = ("min_sharpness", "min_side", "max_outside")
        shares = (
            "min_brightness",
            "max_overexposed",
            "min_field",
            "min_saturation",
            "min_roundness",
            "min_likeness",
        )
        require_range(self, "quality.", ratios, 0)
        require_range(self, "quality.", ("max_aspect",), 1)
        require_range(self, "quality.", shares, 0, 1)
