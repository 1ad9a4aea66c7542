"""A decoded picture, as its file stores it."""

import dataclasses

import numpy as np

__all__ = ["Raster"]

# The 8-bit value below which a 16-bit picture has at most 12 bits.
_TWELVE_BITS = 16


@dataclasses.dataclass(frozen=True)
class Raster:
    """A picture of 8 or 16 bits with all its samples, upright.

    Args:
        pixels: uint8 or uint16 `[H, W, C]`: gray, gray and alpha, RGB, or RGB
            and alpha for C = 1 to 4.
    """

    pixels: np.ndarray

    @property
    def color(self) -> np.ndarray:
        """The samples without alpha: `[H, W, 1]` or `[H, W, 3]`."""
        return self.pixels[..., : 3 if self.pixels.shape[-1] > 2 else 1]

    @property
    def alpha(self) -> np.ndarray | None:
        """The opacity `[H, W, 1]`, or None where all is opaque."""
        if self.pixels.shape[-1] in (1, 3):
            return None
        return self.pixels[..., -1:]

    def rgb(self) -> np.ndarray:
        """Reduces to 8 bits, lays over black and repeats gray.

        Returns:
            uint8 `[H, W, 3]`, RGB.

        Raises:
            ValueError: The picture was saved with 12 bits in 16, and would be
                almost black.
        """
        color, alpha = _eight_bits(self.color), self.alpha
        if self.pixels.dtype == np.uint16:
            _refuse_twelve_bits(color)
        if alpha is not None:
            wide = color * _eight_bits(alpha).astype(np.uint16)
            color = ((wide + 127) // 255).astype(np.uint8)
        if color.shape[-1] == 1:
            color = np.repeat(color, 3, axis=-1)
        return np.ascontiguousarray(color)


def _eight_bits(samples: np.ndarray) -> np.ndarray:
    if samples.dtype == np.uint16:
        return (samples >> 8).astype(np.uint8)
    return samples


def _refuse_twelve_bits(color: np.ndarray) -> None:
    if 0 < color.max(initial=0) < _TWELVE_BITS:
        raise ValueError(
            "the 16-bit photograph has values up to 4095 only, 12 bits in 16; "
            "save it with 8 bits, or scaled to all 16"
        )
