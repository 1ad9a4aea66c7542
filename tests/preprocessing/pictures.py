"""Fundus photographs, what may be done to them, and other pictures."""

import cv2
import numpy as np
import skimage.data

from dmtdr_tf_datasets.synthetic_fundus.eye import sample_eye
from dmtdr_tf_datasets.synthetic_fundus.rendering import photograph


def retina(side=400):
    """scikit-image's photograph of a healthy eye."""
    return cv2.resize(
        skimage.data.retina(), (side, side), interpolation=cv2.INTER_AREA
    )


def drawn(size, index=0):
    return photograph(sample_eye(1, "test", index), size)


def framed(eye, width, level):
    return cv2.copyMakeBorder(
        eye, *4 * [width], cv2.BORDER_CONSTANT, value=3 * [level]
    )


def captioned(eye):
    eye = framed(eye, 30, 0)
    cv2.putText(eye, "ID 1234 OD", (6, 18), 0, 0.4, (255, 255, 255), 1)
    return eye


def turned(eye, degrees):
    middle = (eye.shape[1] / 2, eye.shape[0] / 2)
    matrix = cv2.getRotationMatrix2D(middle, degrees, 1)
    return cv2.warpAffine(eye, matrix, eye.shape[1::-1])


def compressed(eye, quality=30):
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return cv2.imdecode(cv2.imencode(".jpg", eye, options)[1], 1)


def exposed(eye, *gains):
    return np.clip(eye * np.array(gains), 0, 255).astype(np.uint8)


FUNDUS = {
    "whole": lambda: retina(),
    "large": lambda: retina(1200),
    "256": lambda: retina(256),
    "128": lambda: retina(128),
    "cut at two sides": lambda: retina()[60:340],
    "cut at one side": lambda: retina()[:, 120:],
    "cut at four sides": lambda: retina()[50:350, 40:360],
    "fills the frame": lambda: retina()[70:330, 70:330],
    "flipped": lambda: retina()[:, ::-1].copy(),
    "turned": lambda: turned(retina(), 33),
    "compressed": lambda: compressed(retina()),
    "darker": lambda: exposed(retina(), 0.5, 0.5, 0.5),
    "brighter": lambda: exposed(retina(), 1.15, 1.15, 1.15),
    "yellower": lambda: exposed(retina(), 0.95, 1.1, 0.8),
    "bluer": lambda: exposed(retina(), 1, 0.95, 1.3),
    "caption": lambda: captioned(retina()),
    "small black border": lambda: framed(retina(), 40, 0),
    **{
        f"drawn {size}": lambda size=size: drawn(size)
        for size in (64, 96, 128, 256, 512)
    },
}


def _disc_of(picture):
    side = min(picture.shape[:2])
    picture = picture[:side, :side].copy()
    ys, xs = np.mgrid[:side, :side] - side / 2
    picture[np.hypot(xs, ys) > 0.48 * side] = 0
    return picture


def _noise(*color):
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 40, (300, 300, len(color)))
    return np.clip(noise + color, 0, 255).astype(np.uint8) * np.ones(
        3, np.uint8
    )


def _page():
    page = np.full((400, 300, 3), 225, np.uint8)
    for y in range(20, 390, 15):
        cv2.putText(page, "fundus photograph", (10, y), 0, 0.5, (20, 20, 20), 1)
    return page


def _banner(eye):
    eye = eye.copy()
    eye[:60] = 230
    cv2.putText(eye, "Clinic, right eye", (9, 40), 0, 0.7, (20, 20, 20), 1)
    return eye


def _flat_disc():
    return _disc_of(np.full((300, 300, 3), (200, 40, 30), np.uint8))


def _hue_turned(eye):
    hsv = cv2.cvtColor(eye, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + 60) % 180
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def _pair(eye):
    return np.concatenate([eye, eye[:, ::-1]], 1)


def _red_free(eye):
    return eye * np.array([0, 1, 0], np.uint8)


def _gray(eye):
    return np.repeat(eye[..., 1:2], 3, -1)


NO_FUNDUS = {
    "gray": lambda: _gray(retina()),
    "red-free": lambda: _red_free(retina()),
    "channels swapped": lambda: retina()[..., ::-1].copy(),
    "inverted": lambda: 255 - retina(),
    "hue turned": lambda: _hue_turned(retina()),
    "two eyes": lambda: _pair(retina()),
    "four eyes": lambda: np.concatenate(2 * [_pair(retina())], 0),
    "banner": lambda: _banner(retina()),
    "white frame": lambda: framed(retina(), 20, 255),
    "gray frame": lambda: framed(retina(), 30, 150),
    "page": _page,
    "noise": lambda: _noise(128, 128, 128),
    "gray noise": lambda: _noise(128),
    "noise in a disc": lambda: _disc_of(_noise(180, 100, 50)),
    "flat disc": _flat_disc,
    "cat": skimage.data.chelsea,
    "cat in a disc": lambda: _disc_of(skimage.data.chelsea()),
    "coffee": skimage.data.coffee,
    "coffee in a disc": lambda: _disc_of(skimage.data.coffee()),
    "astronaut": skimage.data.astronaut,
    "rocket": skimage.data.rocket,
    "tissue": skimage.data.immunohistochemistry,
    "moon": lambda: _disc_of(np.repeat(skimage.data.moon()[..., None], 3, -1)),
    "long": lambda: retina(600)[250:350],
}
