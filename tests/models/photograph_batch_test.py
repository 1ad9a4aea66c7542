import keras
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.models.photograph_batch import check_batch

GOOD = np.full((2, 16, 24, 3), 0.5, np.float32)


class Picture:
    """Stands in for Pillow's and PyTorch's."""

    shape, dtype = (1, 16, 16, 3), "float32"

    def __array__(self):
        return GOOD


def changed(value):
    array = GOOD.copy()
    array[0, 0, 0, 0] = value
    return array


@pytest.mark.parametrize(
    ("array", "message"),
    [
        ((GOOD * 255).astype(np.uint8), "not uint8; divide it by 255"),
        (GOOD.astype(np.int64), "not int64"),
        (GOOD > 0, "not bool"),
        (GOOD * 255, r"in \[0, 1\], not from 127.5 to 127.5; divide it by 255"),
        (GOOD - 1, r"must be in \[0, 1\], not from -0.5"),
        (GOOD.astype(np.float64) * 255, "divide it by 255"),
        (changed(np.nan), "not finite"),
        (changed(np.inf), "not finite"),
        (GOOD[0], r"no batch axis, .*low_res\[None\]"),
        (np.moveaxis(GOOD, -1, 1), "channels first.*moveaxis"),
        (GOOD[..., :1], "is grayscale"),
        (np.concatenate([GOOD, GOOD[..., :1]], -1), "alpha channel"),
        (GOOD[..., :2], "three channels"),
        (GOOD[0, ..., 0], r"must have the shape \[B, h, w, 3\]"),
        (GOOD[:0], "is empty"),
        (GOOD[:, :15], "multiples of 8, not 15 x 24"),
        (GOOD.tolist(), "not list"),
        (None, "not NoneType"),
        (Picture(), "Picture; convert it with numpy"),
    ],
)
def test_what_is_no_batch_is_refused(array, message):
    with pytest.raises(UserError, match=f"low_res: .*{message}") as caught:
        check_batch(array, 4)
    assert caught.value.argument == "low_res"
    if isinstance(array, np.ndarray):
        with pytest.raises(UserError, match=message):
            check_batch(tf.constant(array), 4)


def test_batches_in_range_pass():
    for dtype in (np.float16, np.float32, np.float64):
        check_batch(GOOD.astype(dtype), 4)
    check_batch(tf.cast(GOOD, tf.bfloat16), 4)
    # Resampling may leave the range by a little.
    check_batch(changed(1.005), 4)
    check_batch(keras.KerasTensor((None, None, None, 3)), 4)


def test_in_a_graph_type_and_shape_are_checked():
    for dtype, shape in (
        (tf.uint8, (1, 16, 16, 3)),
        (tf.float32, (1, 3, 8, 8)),
    ):
        function = tf.function(lambda x: check_batch(x, 4), autograph=False)
        with pytest.raises(UserError, match="low_res"):
            function.get_concrete_function(tf.TensorSpec(shape, dtype))
    function = tf.function(lambda x: check_batch(x, 4), autograph=False)
    function.get_concrete_function(tf.TensorSpec((None, None, None, 3)))


def test_every_way_into_the_model_refuses_bytes(tiny):
    model = DeepMTDR(tiny)
    photograph = np.full((1, 16, 16, 3), 128, np.uint8)
    for way in (model.explain, model.restore, model):
        with pytest.raises(UserError, match="divide it by 255"):
            way(photograph)
    for wrong in (photograph, photograph.astype(np.float32)):
        with pytest.raises(UserError, match="divide it by 255"):
            model.predict(wrong, verbose=0)
