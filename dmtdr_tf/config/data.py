"""Sizes of the photographs and their augmentation."""

import dataclasses
from typing import Literal

from dmtdr_tf.config.checks import (
    require_choices,
    require_limit,
    require_positive,
    require_range,
)

__all__ = ["MAX_SIDE", "DataConfig"]

# A photograph of this side takes 3 GB as float32.
MAX_SIDE = 16_384


@dataclasses.dataclass(frozen=True)
class DataConfig:
    """Sizes of the photographs and their augmentation.

    Args:
        high_res_size: Side of the high-resolution photograph, in pixels.
        cache_gigabytes: Keep a split's decoded photographs in memory if they
            need at most this many gigabytes. The limit applies to the
            training and the validation split separately.
        photometric_jitter: Largest random change of brightness, contrast and
            saturation, as a fraction; 0 turns the jitter off.
        augmentation: `"basic"` flips, rotates by right angles and jitters;
            `"wide"` also changes photographs as other cameras would: white
            balance, gamma, haze, vignetting and uneven light. The grader then
            also sees them turned by any angle, scaled, blurred, noisy and
            compressed.
        degradation: How the low-resolution photograph is simulated. The
            choice `"bicubic"` only downsamples; `"harder"` adds blur, noise
            and JPEG compression; `"mixed"` does so to one in four.
        shuffle_buffer: Number of photographs in the shuffle buffer.

    Raises:
        UserError: A value is out of range.
    """

    high_res_size: int = 1024
    cache_gigabytes: float = 4.0
    photometric_jitter: float = 0.1
    augmentation: Literal["basic", "wide"] = "basic"
    degradation: Literal["bicubic", "harder", "mixed"] = "bicubic"
    shuffle_buffer: int = 1024

    def __post_init__(self) -> None:
        require_choices(self, "data.")
        require_positive(self, "data.", 10**8)
        require_limit(self, "data.", ("high_res_size",), MAX_SIDE)
        require_range(self, "data.", ("cache_gigabytes",), 0)
        require_limit(self, "data.", ("cache_gigabytes",), 10**6)
        require_range(self, "data.", ("photometric_jitter",), 0, 1)
