import cv2
import numpy as np
import pytest
import skimage.data
import tensorflow as tf
from PIL import Image

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.prediction.photograph_array import (
    check_channel_order,
    check_photograph_array,
)
from dmtdr_tf.preprocessing import prepare, read_photograph

EYE = np.zeros((60, 80, 3), np.uint8)
cv2.circle(EYE, (40, 30), 26, (180, 90, 40), -1)


def check_order(photograph):
    view = prepare(photograph).field_of_view
    check_channel_order(photograph, view)


def test_a_uint8_rgb_photograph_passes():
    check_photograph_array(EYE)
    check_photograph_array(EYE[:32, :32])
    check_order(EYE)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (EYE / 255.0, r"float64; its values are in \[0, 1\]: use .*255"),
        (EYE.astype("float32"), r"float32; its values are in \[0, 255\]"),
        (EYE - 128.0, "float64; convert it to uint8"),
        (EYE.astype("uint16") * 257, "uint16; use .photograph // 257"),
        (EYE.astype("int64"), "must be uint8, not int64"),
        (EYE > 0, "must be uint8, not bool"),
        (EYE[..., 0], "is grayscale"),
        (EYE[..., :1], "is grayscale"),
        (np.dstack([EYE, EYE[..., 0]]), "alpha channel"),
        (np.moveaxis(EYE, -1, 0), "channels first"),
        (EYE[None], "batch axis.*pass a list"),
        (EYE[:0], "is empty"),
        (EYE[..., :2], r"must have the shape \[H, W, 3\]"),
        (EYE[:31], r"too small to be graded, shape \(31, 80, 3\); at least 32"),
        (EYE[:, :31], "too small to be graded"),
        (EYE.tolist(), "NumPy array, not list"),
        (None, "NumPy array, not NoneType"),
        (Image.fromarray(EYE), r"not Image; convert it with numpy\.asarray"),
        (tf.constant(EYE), "Tensor; convert it with numpy"),
        (EYE * np.nan, "float64; it holds values that are not finite"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(array, message):
    with pytest.raises(UserError, match=f"photograph: .*{message}") as caught:
        check_photograph_array(array)
    assert caught.value.argument == "photograph"


def test_bgr_is_refused_inside_a_frame_of_any_color():
    with pytest.raises(UserError, match="looks like BGR"):
        check_order(EYE[..., ::-1])
    retina = skimage.data.retina()[..., :3]
    check_order(retina)
    with pytest.raises(UserError, match="looks like BGR"):
        check_order(retina[..., ::-1])


def test_no_real_photograph_looks_like_bgr(idrid):
    files = sorted(idrid.rglob("IDRiD_*.jpg"))[::10]
    assert len(files) > 30
    for file in files:
        photograph = read_photograph(file)
        check_order(photograph)
        with pytest.raises(UserError, match="looks like BGR"):
            check_order(photograph[..., ::-1])
