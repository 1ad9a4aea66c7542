"""The healthy retina: tint, choroid, nerve fibers, disc and macula."""

import cv2
import numpy as np

from dmtdr_tf_datasets.synthetic_fundus import drawing
from dmtdr_tf_datasets.synthetic_fundus.anatomy import Anatomy
from dmtdr_tf_datasets.synthetic_fundus.camera import Camera

__all__ = ["light", "paint_retina"]

# Response of the three color channels to a brighter or darker retina.
_PIGMENT = np.array([0.55, 1.0, 1.1], np.float32)


def _choroid(rng: np.random.Generator, size: int) -> np.ndarray:
    """Samples mottled pigment with the larger choroidal vessels visible."""
    mottle = 0.045 * drawing.smooth_noise(rng, 5, size)
    mottle += 0.028 * drawing.smooth_noise(rng, 13, size)
    mottle += 0.020 * drawing.smooth_noise(rng, 56, size)
    mottle += 0.016 * drawing.smooth_noise(rng, 140, size)
    ridges = drawing.smooth_noise(rng, 20, size)
    ridges += 0.7 * drawing.smooth_noise(rng, 38, size)
    patches = np.clip(0.5 + drawing.smooth_noise(rng, 4, size), 0, 1.5)
    strength = 0.12 * rng.beta(1.0, 1.8)
    ridges = np.exp(-2 * ridges * ridges) - 0.5
    return mottle + strength * patches * ridges


def _fibers(
    rng: np.random.Generator, size: int, anatomy: Anatomy
) -> np.ndarray:
    """Samples fine bright streaks that fan out from the disc."""
    x, y = drawing.grid(size)
    dx = np.broadcast_to(x - anatomy.disc[0], (size, size))
    dy = np.broadcast_to(y - anatomy.disc[1], (size, size))
    away, angle = cv2.cartToPolar(
        np.ascontiguousarray(dx), np.ascontiguousarray(dy)
    )
    streaks = rng.standard_normal(260).astype(np.float32)
    streaks = np.concatenate([streaks, streaks[:2]])[None]
    # Every ray wavers a little, so that the fan looks natural.
    along = angle + 0.1 * drawing.smooth_noise(rng, 7, size)
    along = np.mod(along * (260 / (2 * np.pi)), 260)
    fan = cv2.remap(streaks, along, np.zeros_like(along), cv2.INTER_LINEAR)
    reach = np.exp(-(((away - 0.14) / 0.11) ** 2)) * np.sin(angle) ** 2
    return 0.10 * anatomy.youth * reach * (0.55 + 0.45 * fan)


def _macula(
    size: int, anatomy: Anatomy, darkness: float
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the darkening of the macula, and the foveal reflex."""
    x, y = drawing.grid(size)
    away = np.hypot(x - anatomy.fovea[0], y - anatomy.fovea[1])
    wide = 0.95 * anatomy.disc_diameter
    dark = 0.75 * np.exp(-((away / wide) ** 2))
    dark += 0.5 * np.exp(-((away / (0.3 * wide)) ** 2))
    ring = np.exp(-(((away - 0.42 * wide) / 0.012) ** 2)) * 0.05
    spot = np.exp(-((away / 0.006) ** 2)) * 0.35
    return darkness * dark, anatomy.youth**2 * (ring + spot)


def _blend(
    color: np.ndarray, alpha: np.ndarray, toward: tuple[float, float, float]
) -> None:
    """Blends a color in, in place."""
    target = np.array(toward, np.float32)
    color += alpha[..., None] * (target - color)


def _rim_distance(
    rng: np.random.Generator, size: int, anatomy: Anatomy
) -> np.ndarray:
    """Returns the slightly uneven distance from the disc, in disc radii."""
    x, y = drawing.grid(size)
    tall = rng.uniform(1.0, 1.12)
    dx, dy = x - anatomy.disc[0], (y - anatomy.disc[1]) / tall
    uneven = 1 + 0.025 * drawing.smooth_noise(rng, 16, size)
    return np.hypot(dx, dy) / (0.5 * anatomy.disc_diameter) * uneven


def _inside(away: np.ndarray, edge: float) -> np.ndarray:
    """Returns 1 below a distance of 1 and 0 above, with a soft edge."""
    return 0.5 - 0.5 * np.tanh((away - 1) / edge)


def _paint_disc(
    rng: np.random.Generator,
    color: np.ndarray,
    anatomy: Anatomy,
    camera: Camera,
) -> None:
    """Paints halo, rim and cup of the optic disc, in place."""
    size = color.shape[0]
    away = _rim_distance(rng, size, anatomy)
    halo = np.exp(-np.clip(away - 0.9, 0, None) * 2.2)
    red, green, blue = camera.tint
    pale = (min(red * 1.12, 1.0), green * 1.35, blue * 1.35)
    _blend(color, rng.uniform(0.25, 0.5) * halo, pale)
    edge = rng.uniform(0.06, 0.14)
    rim = _inside(away, edge)
    pink = rng.uniform(-0.02, 0.06)
    yellow = rng.uniform(-0.05, 0.06)
    _blend(
        color,
        rng.uniform(0.86, 0.96) * rim,
        (1.0, 0.68 - pink, 0.33 - yellow),
    )
    x, y = drawing.grid(size)
    center = np.asarray(anatomy.disc) + 0.08 * anatomy.axes[0] * 0.4
    inner = np.hypot(x - center[0], y - center[1])
    inner = inner / (0.5 * anatomy.disc_diameter * anatomy.cup)
    cup = _inside(inner, 0.28)
    _blend(color, 0.75 * cup, (1.02, 0.86 - pink, 0.48 - 1.5 * yellow))


def paint_retina(
    rng: np.random.Generator, size: int, anatomy: Anatomy, camera: Camera
) -> np.ndarray:
    """Paints the retina without its vessels, evenly lit.

    Args:
        rng: Source of randomness.
        size: Side, in pixels.
        anatomy: The eye's landmarks.
        camera: Its tint.

    Returns:
        float32 `[S, S, 3]`, RGB, roughly in [0, 1].
    """
    pigment = _choroid(rng, size) + _fibers(rng, size, anatomy)
    dark, reflex = _macula(size, anatomy, rng.uniform(0.18, 0.4))
    pigment += reflex - dark
    tint = np.array(camera.tint, np.float32)
    color = tint * (1 + pigment[..., None].astype(np.float32) * _PIGMENT)
    drift = 0.05 * drawing.smooth_noise(rng, 4, size)
    color[..., 1] *= 1 + drift
    color[..., 2] *= 1 + 2 * drift
    _paint_disc(rng, color, anatomy, camera)
    return color


def light(rng: np.random.Generator, size: int, camera: Camera) -> np.ndarray:
    """Returns the uneven light on the retina.

    Args:
        rng: Source of randomness.
        size: Side, in pixels.
        camera: Its vignetting, center and unevenness of light.

    Returns:
        float32 `[S, S]`, about 1 at the brightest point.
    """
    x, y = drawing.grid(size)
    squared = (x - camera.light[0]) ** 2 + (y - camera.light[1]) ** 2
    fall = camera.vignetting * squared / camera.radius**2
    uneven = camera.unevenness * drawing.smooth_noise(rng, 3, size)
    return np.clip(1.04 - fall + uneven, 0.2, 1.3).astype(np.float32)
