"""Small fundus photographs to start from: drawn and real."""

import functools
import os
import pathlib

import cv2
import numpy as np

__all__ = ["draw_eye", "eyes"]

_SIDE = 320
_DRAWN = 6
_REAL = 6


def draw_eye(number: int, side: int = _SIDE) -> np.ndarray:
    """Draws an eye of the synthetic set, uint8 `[side, side, 3]`, RGB."""
    from dmtdr_tf_datasets.synthetic_fundus import eye, rendering

    return rendering.photograph(eye.sample_eye(3, "test", number), side)


def _reduced(photograph: np.ndarray, side: int) -> np.ndarray:
    scale = side / max(photograph.shape[:2])
    return cv2.resize(
        photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
    )


@functools.cache
def eyes() -> tuple[np.ndarray, ...]:
    """Drawn eyes, scikit-image's retina and, if set, some of IDRiD's."""
    import skimage.data

    photographs = [draw_eye(number) for number in range(_DRAWN)]
    photographs.append(_reduced(skimage.data.retina(), 400))
    folder = os.environ.get("DMTDR_IDRID")
    files = sorted(pathlib.Path(folder).rglob("*.jpg")) if folder else []
    for file in files[:: max(1, len(files) // _REAL)][:_REAL]:
        pixels = cv2.imread(str(file), cv2.IMREAD_REDUCED_COLOR_4)
        if pixels is None:
            raise ValueError(f"{file}: cannot be read")
        photographs.append(_reduced(pixels[..., ::-1], 512))
    return tuple(np.ascontiguousarray(one) for one in photographs)
