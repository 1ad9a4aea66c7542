"""Drawn photographs that Python, the graph and the page must agree on.

Integer arithmetic alone: the pixels are the same on every machine, and
`answers.json` has their checksums. `make_answers.py` writes that file.
"""

import dataclasses
import hashlib
import json
import pathlib

import numpy as np

ANSWERS_FILE = pathlib.Path(__file__).with_name("answers.json")
# Low-resolution and high-resolution size, in pixels.
SIZES = (64, 256)
RETINA = (200, 110, 50)
# Where the model's input is compared: the middles of a grid of 3 x 3 cells.
PROBES = [(y, x) for y in (10, 32, 53) for x in (10, 32, 53)]


@dataclasses.dataclass(frozen=True)
class Disc:
    """A drawn field of view; `x` and `y` are its center, in pixels."""

    height: int
    width: int
    x: int
    y: int
    radius: int

    def inside(self):
        """Which pixels' centers lie in it: boolean `[H, W]`."""
        return self._squares() <= 4 * self.radius**2

    def level(self):
        """1000 at the center, 500 at the edge, 0 outside."""
        level = 1000 - 500 * self._squares() // (4 * self.radius**2)
        return np.where(self.inside(), level, 0)

    def _squares(self):
        """Four times the squared distance from the center."""
        ys, xs = np.mgrid[: self.height, : self.width]
        return (2 * xs + 1 - 2 * self.x) ** 2 + (2 * ys + 1 - 2 * self.y) ** 2


DISCS = {
    "whole": Disc(300, 400, 190, 150, 120),
    "cut off": Disc(260, 400, 200, 130, 160),
    "large": Disc(900, 1100, 540, 460, 400),
    "tall": Disc(700, 520, 250, 380, 230),
    "tiny": Disc(40, 50, 25, 20, 18),
    "dark": Disc(300, 400, 200, 150, 130),
    "labeled": Disc(300, 400, 220, 150, 110),
    "blurred": Disc(300, 400, 200, 150, 130),
    "overexposed": Disc(300, 400, 200, 150, 130),
    "strip": Disc(130, 420, 210, 65, 190),
}


def noise(height, width, amplitude, cell=1):
    """Integers from -amplitude to amplitude by a hash of their position."""
    ys, xs = (np.mgrid[:height, :width] // cell).astype(np.uint32)
    bits = xs * np.uint32(374761393) + ys * np.uint32(668265263)
    bits = (bits ^ (bits >> np.uint32(13))) * np.uint32(1274126177)
    bits = bits ^ (bits >> np.uint32(16))
    return (bits % np.uint32(2 * amplitude + 1)).astype(np.int64) - amplitude


def textured(disc, brightness=1000, background=0):
    """A vignetted disc with details; `brightness` is in thousandths."""
    shape = disc.height, disc.width
    detail = noise(*shape, 15) + noise(*shape, 15, cell=3)
    level = disc.level() * brightness // 1000
    color = (np.array(RETINA) + detail[..., None]) * level[..., None] // 1000
    dark = np.broadcast_to(background, shape)[..., None]
    return _pixels(np.where(disc.inside()[..., None], color, dark))


def blurred(photograph, passes):
    """Blurs by 1-2-1 in both directions; each pass adds 1/2 to the variance."""
    x = photograph.astype(np.int64) << 16
    for _ in range(passes):
        for axis in (0, 1):
            x = (np.roll(x, 1, axis) + 2 * x + np.roll(x, -1, axis)) >> 2
    return _pixels((x + (1 << 15)) >> 16)


def _pixels(values):
    return np.clip(values, 0, 255).astype(np.uint8)


def _dark():
    return textured(DISCS["dark"], 160, 4 + noise(300, 400, 3))


def _labeled():
    photograph = textured(DISCS["labeled"])
    photograph[10:40, 10:90] = 255
    photograph[148:152, 320:400] = 255  # A line that touches the disc.
    return photograph


def _overexposed():
    photograph = textured(DISCS["overexposed"])
    left = DISCS["overexposed"].inside()
    left[:, 200:] = False
    photograph[left] = (255, 255, 120)
    return photograph


def _filled():
    color = np.array(RETINA) + noise(512, 512, 30, cell=2)[..., None]
    return _pixels(color)


def _paper():
    photograph = np.zeros((200, 300, 3), np.uint8)
    photograph[20:180, 20:280] = 250
    return photograph


def _specks():
    photograph = np.zeros((200, 300, 3), np.uint8)
    for left in (20, 120, 220):
        photograph[60:120, left : left + 60] = RETINA
    return photograph


PHOTOGRAPHS = {
    **{
        name: (lambda name=name: textured(DISCS[name]))
        for name in ("whole", "cut off", "large", "tall", "tiny", "strip")
    },
    "filled": _filled,
    "dark": _dark,
    "labeled": _labeled,
    # A standard deviation of sqrt(40 / 2) = 4.5 pixels.
    "blurred": lambda: blurred(textured(DISCS["blurred"]), 40),
    "overexposed": _overexposed,
    "black": lambda: np.zeros((60, 80, 3), np.uint8),
    "flat": lambda: np.full((60, 80, 3), RETINA, np.uint8),
    "paper": _paper,
    "specks": _specks,
}

ANSWERS = json.loads(ANSWERS_FILE.read_text()) if ANSWERS_FILE.exists() else {}
# Those that have a field of view, and those that have none.
LOCATED = [name for name, answer in ANSWERS.items() if "error" not in answer]
REFUSED = [name for name, answer in ANSWERS.items() if "error" in answer]


def checksum(photograph):
    """SHA-256 of the pixels, which the answers were computed from."""
    return hashlib.sha256(photograph.tobytes()).hexdigest()


def assert_input(low_res, expected, probe_tolerance, mean_tolerance):
    """Compares a model's input with the golden one.

    Args:
        low_res: `[64, 64, 3]` in [0, 1].
        expected: `model_input` of the answer.
        probe_tolerance: For single pixels.
        mean_tolerance: For the mean of each channel.
    """
    assert low_res.shape == (SIZES[0], SIZES[0], 3)
    assert low_res.dtype == np.float32
    np.testing.assert_allclose(
        [low_res[probe] for probe in PROBES],
        expected["probes"],
        rtol=0,
        atol=probe_tolerance,
    )
    np.testing.assert_allclose(
        low_res.mean((0, 1), np.float64),
        expected["mean"],
        rtol=0,
        atol=mean_tolerance,
    )
