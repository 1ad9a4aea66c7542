"""Draws an eye as a photograph, and its lesions as masks."""

import cv2
import numpy as np

from dmtdr_tf_datasets.synthetic_fundus import drawing, retina
from dmtdr_tf_datasets.synthetic_fundus.eye import Eye
from dmtdr_tf_datasets.synthetic_fundus.lesions import Lesion
from dmtdr_tf_datasets.synthetic_fundus.vessels import Vessel

__all__ = ["KINDS", "masks", "photograph"]

KINDS = ("MA", "HM", "SE", "HE")

# Optical density of a full layer of blood, per color channel. Only a thick
# layer absorbs red, so that thin arteries are bright red.
_BLOOD = np.array([0.46, 1.0, 0.80], np.float32)
# Blur of the lesions' edges, relative to the side.
_SOFTNESS = {"MA": 0.0009, "HM": 0.0016, "SE": 0.007, "HE": 0.0}
# Brightest color of the two kinds of exudate in full light.
_EXUDATES = {"SE": (0.97, 0.83, 0.60), "HE": (1.0, 0.82, 0.34)}


def _draw_vessel(target: np.ndarray, vessel: Vessel, youth: float) -> None:
    outline = drawing.ribbon(vessel.points, vessel.widths)
    drawing.fill(target, outline, vessel.density)
    if vessel.kind in ("artery", "vein") and vessel.widths[0] > 0.006:
        # The light that the blood reflects along the center line.
        share, loss = (0.3, 0.35) if vessel.kind == "artery" else (0.22, 0.12)
        reflex = drawing.ribbon(vessel.points, vessel.widths * share)
        lighter = vessel.density * (1 - loss * (0.6 + 0.6 * youth))
        drawing.fill(target, reflex, lighter)


def _vessel_layer(eye: Eye, size: int) -> np.ndarray:
    """Returns the density of blood in vessels, float32 `[S, S]`."""
    target = drawing.canvas(size)
    for vessel in eye.vessels:
        _draw_vessel(target, vessel, eye.anatomy.youth)
    return drawing.blur(drawing.reduce(target, size), 0.0006)


def _lesion_layer(
    lesions: list[Lesion], size: int, softness: float
) -> np.ndarray:
    """Returns the strength of one kind of lesion, float32 `[S, S]`."""
    target = drawing.canvas(size)
    for lesion in lesions:
        for outline in lesion.outlines:
            drawing.fill(target, outline, lesion.strength, smooth=False)
    return drawing.blur(drawing.reduce(target, size), softness)


def _bleed(color: np.ndarray, density: np.ndarray) -> None:
    """Absorbs light in blood, in place (the Beer-Lambert law)."""
    thick = density[..., None] * _BLOOD
    thick[..., 0] *= 0.35 + 0.65 * density
    color *= cv2.exp(-thick)


def _sheen(
    rng: np.random.Generator, vessels: np.ndarray, youth: float
) -> np.ndarray:
    """Returns reflexes of the inner membrane next to vessels in young eyes."""
    size = vessels.shape[0]
    beside = drawing.blur(vessels, 0.014) - 0.5 * drawing.blur(vessels, 0.004)
    patches = np.clip(drawing.smooth_noise(rng, 9, size) - 0.4, 0, 1)
    return 0.45 * youth * np.clip(beside, 0, 1) * patches


def _draw_lesions(
    rng: np.random.Generator,
    color: np.ndarray,
    vessels: np.ndarray,
    eye: Eye,
) -> None:
    """Draws vessels and lesions on the retina, in place."""
    size = color.shape[0]
    layers = {
        kind: _lesion_layer(
            [lesion for lesion in eye.lesions if lesion.kind == kind],
            size,
            _SOFTNESS[kind],
        )
        for kind in KINDS
    }
    grain = 1 + 0.09 * drawing.smooth_noise(rng, 90, size)
    blood = np.maximum(layers["MA"], layers["HM"] * grain)
    # Blood inside and outside of a vessel overlaps only in part.
    _bleed(color, vessels + blood * (1 - 0.6 * vessels))
    for kind, toward in _EXUDATES.items():
        alpha = layers[kind]
        if kind == "SE":
            alpha = alpha * np.clip(grain, 0.7, 1.3) * (1 - 0.45 * vessels)
        color += alpha[..., None] * (np.array(toward, np.float32) - color)


def _sensor_noise(
    rng: np.random.Generator, size: int, sigma: float
) -> np.ndarray:
    """Samples sensor noise, correlated as after demosaicing, `[S, S, 3]`."""
    noise = rng.standard_normal((size, size, 4), dtype=np.float32)
    noise = cv2.blur(noise, (2, 2)) * np.float32(1.6 * sigma)
    return noise[..., :3] * np.float32(0.7) + noise[..., 3:] * np.float32(0.7)


def photograph(eye: Eye, size: int) -> np.ndarray:
    """Draws the photograph of an eye.

    All coordinates are relative, so photographs of one eye at two sizes
    differ only in resolution and sensor noise.

    Args:
        eye: What to draw.
        size: Side, in pixels.

    Returns:
        uint8 `[S, S, 3]`, RGB.
    """
    rng = eye.random()
    camera = eye.camera
    color = retina.paint_retina(rng, size, eye.anatomy, camera)
    vessels = _vessel_layer(eye, size)
    color += _sheen(rng, vessels, eye.anatomy.youth)[..., None]
    _draw_lesions(rng, color, vessels, eye)
    color *= retina.light(rng, size, camera)[..., None]
    # Highlights saturate gradually, red first.
    color = np.where(color > 0.8, 1 - 0.2 * cv2.exp(4 - 5 * color), color)
    color = drawing.blur(color.astype(np.float32), camera.focus)
    color *= camera.field(size)[..., None]
    color += 0.012
    color += _sensor_noise(rng, size, camera.noise) * (0.25 + color)
    return np.clip(np.rint(color * 255), 0, 255).astype(np.uint8)


def masks(eye: Eye, size: int) -> np.ndarray:
    """Draws the exact lesion masks of an eye.

    A pixel is set where lesions of a kind cover half of it; every lesion has
    at least one pixel.

    Args:
        eye: What to draw.
        size: Side, in pixels.

    Returns:
        uint8 `[S, S, 4]`, 0 or 255, in the order of `KINDS`.
    """
    planes = []
    for kind in KINDS:
        target = drawing.canvas(size)
        lesions = [lesion for lesion in eye.lesions if lesion.kind == kind]
        for lesion in lesions:
            for outline in lesion.outlines:
                drawing.fill(target, outline, 1.0, smooth=False)
        plane = drawing.reduce(target, size) >= 0.5
        for lesion in lesions:
            if lesion.radius * size < 2:
                x, y = (int(value * size) for value in lesion.center)
                plane[y, x] = True
        planes.append(plane)
    return np.stack(planes, axis=-1).astype(np.uint8) * 255
