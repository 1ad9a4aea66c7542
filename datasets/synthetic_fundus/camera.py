"""The camera: field of view, light, tint, focus and noise."""

import dataclasses

import numpy as np

from dmtdr_tf_datasets.synthetic_fundus import drawing

__all__ = ["Camera", "sample_camera"]


@dataclasses.dataclass(frozen=True)
class Camera:
    """How one photograph is taken. Lengths are relative to its side.

    Args:
        radius: Radius of the field of view, centered in the photograph.
        cut: Half the height of the sensor. The field of view is cut off above
            and below it; 0.5 or more cuts off nothing.
        notch: Angle of the small notch at the rim, in radians, or None.
        tint: Color of the retina in full light, RGB in [0, 1].
        vignetting: Fraction of the light lost at the rim.
        light: Center of the light, (x, y).
        unevenness: Amplitude of the slow variation of the light.
        focus: Standard deviation of the blur.
        noise: Standard deviation of the sensor's noise.
    """

    radius: float
    cut: float
    notch: float | None
    tint: tuple[float, float, float]
    vignetting: float
    light: tuple[float, float]
    unevenness: float
    focus: float
    noise: float

    def sees(self, points: np.ndarray, margin: float = 0.0) -> np.ndarray:
        """Returns which points are in the field of view.

        Args:
            points: `[N, 2]`.
            margin: Least distance to the border of the field of view.

        Returns:
            bool `[N]`.
        """
        from_center = np.asarray(points) - 0.5
        inside = np.hypot(*from_center.T) <= self.radius - margin
        return inside & (np.abs(from_center[:, 1]) <= self.cut - margin)

    def field(self, size: int) -> np.ndarray:
        """Draws the field of view with a slightly soft edge.

        Args:
            size: Side, in pixels.

        Returns:
            float32 `[S, S]` in [0, 1].
        """
        x, y = drawing.grid(size)
        to_rim = self.radius - np.hypot(x - 0.5, y - 0.5)
        if self.notch is not None:
            rim = (self.radius - 0.004) * np.array(
                [np.cos(self.notch), np.sin(self.notch)]
            )
            tab = 0.017 - np.maximum(
                abs(x - 0.5 - rim[0]), abs(y - 0.5 - rim[1])
            )
            to_rim = np.maximum(to_rim, tab)
        to_rim = np.minimum(to_rim, self.cut - np.abs(y - 0.5))
        soft = 0.003 + 0.5 / size
        return np.clip(0.5 + to_rim / soft, 0, 1).astype(np.float32)


def _sample_tint(rng: np.random.Generator) -> tuple[float, float, float]:
    """Samples a red-orange tint with some yellow, brown or pink."""
    red = rng.uniform(0.62, 0.92)
    green = red * rng.uniform(0.42, 0.57)
    blue = green * rng.uniform(0.12, 0.46)
    return float(red), float(green), float(blue)


def sample_camera(rng: np.random.Generator) -> Camera:
    """Samples how one photograph is taken.

    Args:
        rng: Source of randomness.
    """
    cut_off = rng.random() < 0.4
    notched = rng.random() < 0.35
    light = 0.5 + rng.normal(0, 0.09, 2)
    return Camera(
        radius=float(rng.uniform(0.476, 0.496)),
        cut=float(rng.uniform(0.40, 0.45)) if cut_off else 0.5,
        notch=float(rng.uniform(-0.9, -0.4)) if notched else None,
        tint=_sample_tint(rng),
        vignetting=float(rng.uniform(0.22, 0.48)),
        light=(float(light[0]), float(light[1])),
        unevenness=float(rng.uniform(0.03, 0.09)),
        focus=float(rng.uniform(0.0003, 0.0009)),
        noise=float(rng.uniform(0.005, 0.014)),
    )
