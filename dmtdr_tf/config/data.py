"""Sizes of the photographs and how they are augmented."""

import dataclasses
from typing import Literal

from dmtdr_tf.config.checks import require_positive, require_range


@dataclasses.dataclass(frozen=True)
class DataConfig:
    """Sizes of the photographs and how they are augmented.

    Args:
        high_res_size: Side of the high-resolution photograph, in pixels.
        cache_gigabytes: The decoded photographs of a split are kept in memory
            while they need no more than this: training's and validation's
            may each take as much.
        photometric_jitter: Largest change of brightness, contrast and
            saturation, as a fraction; 0 turns it off.
        degradation: `"bicubic"`, or `"harder"`: blur, noise and JPEG too.
        shuffle_buffer: Photographs in the shuffle buffer.
    """

    high_res_size: int = 1024
    cache_gigabytes: float = 4.0
    photometric_jitter: float = 0.1
    degradation: Literal["bicubic", "harder"] = "bicubic"
    shuffle_buffer: int = 1024

    def __post_init__(self) -> None:
        require_positive(self, "data")
        require_range(self, "data.", ("cache_gigabytes",), 0)
        require_range(self, "data.", ("photometric_jitter",), 0, 1)
