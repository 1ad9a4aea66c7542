"""Pictures that are no fundus photograph, or not one, whole and in color."""

from collections.abc import Callable

import cv2
import numpy as np

__all__ = ["SCENES"]

Random = np.random.Generator


def _gradient(rng: Random, eye: np.ndarray) -> np.ndarray:
    first, last = rng.integers(0, 256, (2, 3))
    ramp = np.linspace(0, 1, 360)[None, :, None]
    row = first * (1 - ramp) + last * ramp
    return np.repeat(row, 300, 0).astype(np.uint8)


def _noise(rng: Random, eye: np.ndarray) -> np.ndarray:
    side = int(rng.choice([8, 40, 320]))
    noise = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
    return cv2.resize(noise, (320, 320), interpolation=cv2.INTER_NEAREST)


def _text(rng: Random, eye: np.ndarray) -> np.ndarray:
    page = np.full((360, 320, 3), 245, np.uint8)
    for row in range(20, 350, 18):
        word = "".join(chr(c) for c in rng.integers(97, 123, 24))
        cv2.putText(page, word, (8, row), 0, 0.5, (20, 20, 30), 1)
    return page


def _room(rng: Random, eye: np.ndarray) -> np.ndarray:
    room = np.zeros((300, 400, 3), np.uint8)
    room[:] = rng.integers(90, 230, 3)
    floor = np.array([[0, 300], [90, 200], [310, 200], [400, 300]])
    cv2.fillPoly(room, [floor], rng.integers(40, 160, 3).tolist())
    for _ in range(8):
        x, y = rng.integers(0, 300, 2).tolist()
        size = rng.integers(20, 120, 2).tolist()
        color = rng.integers(0, 255, 3).tolist()
        cv2.rectangle(room, (x, y), (x + size[0], y + size[1]), color, -1)
    return cv2.GaussianBlur(room, (0, 0), 1.5)


def _shapes(rng: Random, eye: np.ndarray) -> np.ndarray:
    picture = np.zeros((320, 320, 3), np.uint8)
    for _ in range(12):
        center = rng.integers(0, 320, 2).tolist()
        color = rng.integers(0, 255, 3).tolist()
        cv2.circle(picture, center, int(rng.integers(8, 70)), color, -1)
    return picture


def _several_fields(rng: Random, eye: np.ndarray) -> np.ndarray:
    columns = int(rng.integers(2, 4))
    return np.concatenate([eye] * columns, axis=1)


def _framed(rng: Random, eye: np.ndarray) -> np.ndarray:
    width = int(rng.integers(20, 60))
    color = [int(c) for c in rng.integers(120, 256, 3)]
    return cv2.copyMakeBorder(
        eye, width, width, width, width, cv2.BORDER_CONSTANT, value=color
    )


def _banner(rng: Random, eye: np.ndarray) -> np.ndarray:
    page = cv2.copyMakeBorder(
        eye, 60, 0, 0, 0, cv2.BORDER_CONSTANT, value=[235, 235, 240]
    )
    cv2.putText(page, "CLINIC 12345", (10, 40), 0, 0.9, (20, 20, 90), 2)
    return page


def _gray(rng: Random, eye: np.ndarray) -> np.ndarray:
    return np.repeat(eye.mean(-1, keepdims=True), 3, -1).astype(np.uint8)


def _false_colors(rng: Random, eye: np.ndarray) -> np.ndarray:
    maps = (cv2.COLORMAP_JET, cv2.COLORMAP_HSV, cv2.COLORMAP_OCEAN)
    gray = cv2.cvtColor(eye, cv2.COLOR_RGB2GRAY)
    chosen = maps[int(rng.integers(len(maps)))]
    return np.ascontiguousarray(cv2.applyColorMap(gray, chosen)[..., ::-1])


def _long(rng: Random, eye: np.ndarray) -> np.ndarray:
    return cv2.resize(eye, (64, 64 * int(rng.integers(5, 9))))


def _tiny(rng: Random, eye: np.ndarray) -> np.ndarray:
    side = int(rng.integers(1, 24))
    return cv2.resize(eye, (side, side), interpolation=cv2.INTER_AREA)


def _sample(name: str) -> Callable[[Random, np.ndarray], np.ndarray]:
    def sample(rng: Random, eye: np.ndarray) -> np.ndarray:
        import skimage.data

        picture = getattr(skimage.data, name)()[..., :3]
        height, width = picture.shape[:2]
        top = int(rng.integers(height // 4))
        left = int(rng.integers(width // 4))
        part = picture[top : top + height * 3 // 4, left:]
        return cv2.resize(part, (360, 320), interpolation=cv2.INTER_AREA)

    return sample


SCENES: dict[str, Callable[[Random, np.ndarray], np.ndarray]] = {
    "gradient": _gradient,
    "noise": _noise,
    "text": _text,
    "room": _room,
    "shapes": _shapes,
    "several fields": _several_fields,
    "framed": _framed,
    "banner": _banner,
    "gray": _gray,
    "false colors": _false_colors,
    "aspect above 4": _long,
    "too small": _tiny,
    "cat": _sample("chelsea"),
    "coffee": _sample("coffee"),
    "astronaut": _sample("astronaut"),
}
