"""Pictures that are no fundus photograph: kinds, each with a generator."""

import functools
from collections.abc import Callable, Mapping

import cv2
import numpy as np
import skimage.color
import skimage.data
import sklearn.datasets

__all__ = ["HELD_OUT", "KINDS", "PICTURES", "fresh"]

Random = np.random.Generator

# Pictures in color that come with installed packages.
PICTURES: Mapping[str, Callable[[], np.ndarray]] = {
    "astronaut": skimage.data.astronaut,
    "cat": skimage.data.chelsea,
    "coffee": skimage.data.coffee,
    "stars": skimage.data.hubble_deep_field,
    "tissue": skimage.data.immunohistochemistry,
    "rocket": skimage.data.rocket,
    "motorcycle": lambda: skimage.data.stereo_motorcycle()[0],
    "temple": lambda: sklearn.datasets.load_sample_image("china.jpg"),
    "flower": lambda: sklearn.datasets.load_sample_image("flower.jpg"),
}
_GRAY = (
    skimage.data.brick,
    skimage.data.camera,
    skimage.data.coins,
    skimage.data.grass,
    skimage.data.gravel,
    skimage.data.moon,
    skimage.data.page,
    skimage.data.text,
    skimage.data.clock,
    skimage.data.cell,
)
# Not trained on: they tell how the check does on kinds it has not seen.
HELD_OUT = ("flower", "motorcycle", "tissue", "orange", "sign", "angiogram")

RED_BROWN = np.array([0.75, 0.4, 0.2])


def _crop(picture: np.ndarray, rng: Random) -> np.ndarray:
    height, width = picture.shape[:2]
    side = int(rng.uniform(0.3, 1) * min(height, width))
    top = rng.integers(height - side + 1)
    left = rng.integers(width - side + 1)
    part = picture[top : top + side, left : left + side]
    size = int(rng.uniform(128, 420))
    return cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA)


def in_a_disc(picture: np.ndarray, rng: Random) -> np.ndarray:
    """Shows a picture through a round hole, on black."""
    side = len(picture)
    ys, xs = np.mgrid[:side, :side] / side - 0.5
    distance = np.hypot(xs, ys) / rng.uniform(0.42, 0.49)
    shade = np.where(distance < 1, 1 - rng.uniform(0, 0.5) * distance**2, 0)
    return (picture * shade[..., None]).astype(np.uint8)


def in_retinal_colors(picture: np.ndarray, rng: Random) -> np.ndarray:
    """Gives a picture a retina's mean color."""
    gray = picture.mean(-1, keepdims=True) / 255
    color = RED_BROWN * np.exp(rng.uniform(-0.25, 0.25, 3))
    mixed = rng.uniform(0, 0.6) * picture / 255 + gray
    return np.clip(255 * mixed * color / 0.6, 0, 255).astype(np.uint8)


@functools.cache
def _loaded(load: Callable[[], np.ndarray]) -> np.ndarray:
    return load()


def of_picture(name: str) -> Callable[[Random], np.ndarray]:
    """Returns a generator of crops of a picture, as it is or disguised."""

    def generate(rng: Random) -> np.ndarray:
        picture = _crop(_loaded(PICTURES[name]), rng)
        if rng.random() < 0.5:
            picture = in_retinal_colors(picture, rng)
        return in_a_disc(picture, rng) if rng.random() < 0.6 else picture

    return generate


def tinted(rng: Random) -> np.ndarray:
    """A gray picture in one color."""
    picture = _loaded(_GRAY[rng.integers(len(_GRAY))])
    picture = _crop(np.repeat(picture[..., None].astype(np.uint8), 3, -1), rng)
    picture = in_retinal_colors(picture, rng)
    return in_a_disc(picture, rng) if rng.random() < 0.6 else picture


def noise(rng: Random) -> np.ndarray:
    """Noise of one grain, around one color."""
    side = int(rng.uniform(100, 400))
    grain = rng.choice([0, 0, 0.7, 1.5, 3, 6])
    channels = 1 if rng.random() < 0.4 else 3
    values: np.ndarray = rng.normal(size=(side, side, channels))
    if grain:
        smooth = np.asarray(cv2.GaussianBlur(values, (0, 0), grain))
        values = smooth.reshape(values.shape)
    values = values / values.std() * rng.uniform(0.03, 0.4)
    color = RED_BROWN if rng.random() < 0.6 else rng.uniform(0.2, 0.8, 3)
    picture = np.clip(255 * color * (1 + values), 0, 255).astype(np.uint8)
    return in_a_disc(picture, rng) if rng.random() < 0.7 else picture


def gradient(rng: Random) -> np.ndarray:
    """Two colors that run into each other."""
    side = int(rng.uniform(100, 400))
    one, other = rng.uniform(0, 1, (2, 3))
    if rng.random() < 0.4:
        one, other = RED_BROWN, RED_BROWN * rng.uniform(0.2, 0.9)
    direction = rng.normal(size=2)
    ys, xs = np.mgrid[:side, :side] / side - 0.5
    way = np.clip(0.5 + xs * direction[0] + ys * direction[1], 0, 1)[..., None]
    picture = 255 * (one * way + other * (1 - way))
    picture = picture + rng.normal(0, rng.uniform(0, 4), picture.shape)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    return in_a_disc(picture, rng) if rng.random() < 0.6 else picture


def _ball(rng: Random, color: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A lit ball on black, and where it is."""
    side = int(rng.uniform(120, 400))
    ys, xs = (np.mgrid[:side, :side] / side - 0.5) / rng.uniform(0.4, 0.49)
    squared = xs**2 + ys**2
    z = np.sqrt(np.maximum(1 - squared, 0))
    light = rng.normal(size=3) + [0, 0, 2]
    light /= np.linalg.norm(light)
    shade = np.clip(xs * light[0] + ys * light[1] + z * light[2], 0, 1)
    shade = rng.uniform(0.1, 0.5) + 0.7 * shade
    shine = np.clip(xs * light[0] + ys * light[1] + z * light[2], 0, 1) ** 30
    picture = color * shade[..., None] + rng.uniform(0, 0.5) * shine[..., None]
    return picture * (squared < 1)[..., None], squared < 1


def ball(rng: Random) -> np.ndarray:
    """A ball of one color, with a pattern or without."""
    color = rng.uniform(0.1, 0.9, 3) if rng.random() < 0.5 else RED_BROWN
    picture, inside = _ball(rng, color)
    for _ in range(rng.integers(0, 12)):
        line = np.zeros(inside.shape, np.uint8)
        start, end = rng.integers(0, len(line), (2, 2)).tolist()
        cv2.line(line, start, end, [1], int(rng.integers(1, 12)))
        picture[(line > 0) & inside] *= rng.uniform(0.2, 1.5)
    return np.clip(255 * picture, 0, 255).astype(np.uint8)


def orange(rng: Random) -> np.ndarray:
    """A ball with pores, in the colors of a fruit."""
    color = np.array([0.95, rng.uniform(0.35, 0.7), rng.uniform(0.02, 0.2)])
    picture, inside = _ball(rng, color)
    pores = cv2.GaussianBlur(rng.normal(size=inside.shape), (0, 0), 1.5)
    picture *= 1 + rng.uniform(0.05, 0.3) * (pores / pores.std())[..., None]
    picture = cv2.GaussianBlur(picture, (0, 0), 0.8)
    return np.clip(255 * picture, 0, 255).astype(np.uint8)


def clip_art(rng: Random) -> np.ndarray:
    """Flat shapes of few colors in a disc."""
    side = int(rng.uniform(120, 400))
    warm = rng.random() < 0.5
    palette = rng.uniform(0, 255, (5, 3))
    if warm:
        palette = 255 * RED_BROWN * np.exp(rng.uniform(-0.6, 0.3, (5, 3)))
    picture = np.empty((side, side, 3))
    picture[:] = palette[0]
    for _ in range(rng.integers(0, 20)):
        color = palette[rng.integers(5)].tolist()
        x, y, r = (int(v) for v in rng.integers(1, side, 3))
        if rng.random() < 0.5:
            cv2.circle(picture, (x, y), r // 4 + 1, color, -1)
        else:
            start, end = rng.integers(0, side, (2, 2)).tolist()
            cv2.line(picture, start, end, color, int(rng.integers(1, 14)))
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    return in_a_disc(picture, rng) if rng.random() < 0.8 else picture


def sign(rng: Random) -> np.ndarray:
    """A round traffic sign."""
    side = int(rng.uniform(120, 400))
    picture = np.zeros((side, side, 3), np.uint8)
    middle, radius = (side // 2, side // 2), int(0.46 * side)
    cv2.circle(picture, middle, radius, (190, 20, 30), -1)
    if rng.random() < 0.6:
        cv2.circle(picture, middle, int(0.75 * radius), (235, 235, 225), -1)
    text, scale = str(rng.integers(20, 130)), side / 130
    cv2.putText(
        picture, text, (side // 4, int(0.6 * side)), 0, scale, (20, 20, 20), 4
    )
    noisy = picture + rng.normal(0, 5, picture.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def scan(rng: Random) -> np.ndarray:
    """Layers as in optical coherence tomography, gray or false colors."""
    height, width = (int(v) for v in rng.uniform(150, 400, 2))
    ys = np.mgrid[:height, :width][0] / height
    bend = cv2.GaussianBlur(rng.normal(size=(1, width)), (0, 0), width / 8)
    ys = ys + 0.15 * bend / (np.abs(bend).max() + 1e-9)
    picture = sum(
        rng.uniform(0.2, 0.8)
        * np.exp(-(((ys - c) / rng.uniform(0.01, 0.06)) ** 2))
        for c in rng.uniform(0.3, 0.7, 5)
    )
    picture = picture + np.abs(rng.normal(0, 0.12, ys.shape))
    gray = np.clip(255 * picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        return np.repeat(gray[..., None], 3, -1)
    maps = (cv2.COLORMAP_JET, cv2.COLORMAP_HOT, cv2.COLORMAP_INFERNO)
    return cv2.applyColorMap(gray, maps[rng.integers(3)])[..., ::-1].copy()


def outer_eye(rng: Random) -> np.ndarray:
    """Skin, sclera, iris and pupil."""
    side = int(rng.uniform(150, 400))
    skin = np.array([0.85, 0.62, 0.5]) * rng.uniform(0.4, 1.1)
    texture = cv2.GaussianBlur(rng.normal(size=(side, side)), (0, 0), 3)
    picture = skin * (1 + 0.08 * texture / texture.std())[..., None]
    ys, xs = np.mgrid[:side, :side] / side - 0.5
    open_eye = (xs / 0.45) ** 2 + (ys / rng.uniform(0.15, 0.35)) ** 2 < 1
    picture[open_eye] = np.array([0.9, 0.85, 0.82]) * rng.uniform(0.7, 1.1)
    distance = np.hypot(xs, ys) / rng.uniform(0.13, 0.25)
    iris = np.array([0.35, 0.25, 0.15]) * np.exp(rng.uniform(-0.5, 0.7, 3))
    angle = np.arctan2(ys, xs)
    spokes = 1 + 0.3 * np.sin(angle * rng.integers(20, 60))
    picture = np.where(
        ((distance < 1) & open_eye)[..., None],
        iris * spokes[..., None],
        picture,
    )
    picture[(distance < rng.uniform(0.3, 0.5)) & open_eye] = 0.02
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 2))
    picture = picture + rng.normal(0, 0.015, picture.shape)
    picture = np.clip(255 * picture, 0, 255).astype(np.uint8)
    return in_a_disc(picture, rng) if rng.random() < 0.3 else picture


def text_page(rng: Random) -> np.ndarray:
    """Lines of text on paper, bright or dark."""
    height, width = (int(v) for v in rng.uniform(200, 400, 2))
    paper, ink = rng.uniform(0, 255, (2, 3))
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = paper.astype(np.uint8)
    for y in range(20, height, int(rng.integers(12, 30))):
        letters = "".join(chr(c) for c in rng.integers(97, 123, 40))
        cv2.putText(picture, letters, (10, y), 0, 0.4, ink.tolist(), 1)
    return picture


KINDS: Mapping[str, Callable[[Random], np.ndarray]] = {
    **{name: of_picture(name) for name in PICTURES},
    "tinted": tinted,
    "noise": noise,
    "gradient": gradient,
    "ball": ball,
    "orange": orange,
    "clip art": clip_art,
    "sign": sign,
    "scan": scan,
    "outer eye": outer_eye,
    "text page": text_page,
}


def _hue(picture: np.ndarray, rng: Random) -> np.ndarray:
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    turn = rng.integers(28, 152)
    hsv[..., 0] = (hsv[..., 0].astype(int) + turn) % 180
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def _one_channel(picture: np.ndarray, rng: Random) -> np.ndarray:
    """Red-free, and what other programs make of it: one channel, one tint."""
    gray = picture[..., rng.integers(2)][..., None]
    tints = (
        (1, 1, 1),
        (0, 1, 0),
        (0.2, 1, 0.3),
        (1, 0.55, 0.25),
        (1, 0.8, 0.5),
    )
    return (gray * np.array(tints[rng.integers(5)])).astype(np.uint8)


def _angiogram(picture: np.ndarray, rng: Random) -> np.ndarray:
    """Bright vessels on gray or green."""
    inside = picture.max(-1, keepdims=True) > 25
    gray = np.clip(1.3 * (170 - picture[..., 1:2].astype(int)), 0, 255)
    tint = np.array([(1, 1, 1), (0.5, 1, 0.4), (1, 0.8, 0.3)][rng.integers(3)])
    return (gray * inside * tint).astype(np.uint8)


def _inverted(picture: np.ndarray, rng: Random) -> np.ndarray:
    inverse = 255 - picture
    if rng.random() < 0.5:
        inverse = inverse * (picture.max(-1, keepdims=True) > 25)
    return inverse


def _on_screen(picture: np.ndarray, rng: Random) -> np.ndarray:
    """A fundus photograph in a program's window, or on a printed page."""
    height, width = picture.shape[:2]
    shape = int(height * rng.uniform(1.1, 2)), int(width * rng.uniform(1.1, 2))
    level = rng.choice([30, 60, 128, 200, 240, 255])
    screen = np.full((*shape, 3), level, np.uint8)
    screen[: int(rng.integers(8, 50))] = rng.integers(0, 256, 3)
    ink = [255 - int(level)] * 3
    for y in range(12, shape[0], int(rng.integers(15, 40))):
        letters = "".join(chr(c) for c in rng.integers(97, 123, 12))
        cv2.putText(screen, letters, (5, y), 0, 0.35, ink, 1)
    top = rng.integers(shape[0] - height + 1)
    left = rng.integers(shape[1] - width + 1)
    if rng.random() < 0.4:
        picture = np.where(picture.max(-1, keepdims=True) > 25, picture, level)
    screen[top : top + height, left : left + width] = picture
    return screen


# What spoils a fundus photograph: false colors, and what is around it.
MUTATIONS: Mapping[str, Callable[[np.ndarray, Random], np.ndarray]] = {
    "channels swapped": lambda picture, rng: picture[
        ..., [(2, 1, 0), (1, 0, 2), (1, 2, 0), (0, 2, 1)][rng.integers(4)]
    ].copy(),
    "hue": _hue,
    "one channel": _one_channel,
    "angiogram": _angiogram,
    "inverted": _inverted,
    "on a screen": _on_screen,
}


def fresh(kind: str, photograph: np.ndarray, rng: Random) -> np.ndarray:
    """Returns a picture of a kind, from a photograph where it needs one."""
    if kind in MUTATIONS:
        return MUTATIONS[kind](photograph, rng)
    return KINDS[kind](rng)
