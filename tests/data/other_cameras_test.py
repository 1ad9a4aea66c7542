import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.data import other_cameras


def _seed(number):
    return tf.constant([0, number], tf.int64)


def _retina(side=64):
    """A reddish disc on black, brighter to the right."""
    rows, columns = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    disc = (rows**2 + columns**2 < 0.9)[..., None]
    light = 0.5 + 0.2 * columns[..., None] * np.ones(3)
    return (disc * light * [1.0, 0.6, 0.4]).astype("float32")


@pytest.mark.parametrize("change", ["other_colors", "poorer"])
def test_changes_are_in_range_and_follow_the_seed(change):
    function = getattr(other_cameras, change)
    photographs = []
    for number in range(24):
        made = np.array(function(tf.constant(_retina()), _seed(number)))
        again = np.array(function(tf.constant(_retina()), _seed(number)))
        np.testing.assert_array_equal(made, again)
        assert made.shape == (64, 64, 3)
        assert 0.0 <= made.min() <= made.max() <= 1.0
        photographs.append(made.tobytes())
    assert len(set(photographs)) > 6


def test_other_colors_keep_the_background_and_move_nothing():
    dark = _retina() == 0.0
    for number in range(12):
        made = np.array(
            other_cameras.other_colors(tf.constant(_retina()), _seed(number))
        )
        np.testing.assert_array_equal(made[dark], 0.0)
        assert (made[~dark] > 0.0).all()


def test_other_colors_reach_what_jitter_does_not():
    def ratio(photograph):
        red, green, _ = photograph[28:36, 28:36].mean((0, 1))
        return green / red

    ratios = [
        ratio(np.array(other_cameras.other_colors(_retina(), _seed(number))))
        for number in range(60)
    ]
    assert min(ratios) < 0.45
    assert max(ratios) > 0.8


def test_some_photographs_stay_sharp_and_some_do_not():
    def sharpness(photograph):
        return np.abs(np.diff(photograph[32, 8:56, 0], 2)).mean()

    stripes = np.zeros((64, 64, 3), "float32")
    stripes[:, ::2] = 0.8
    found = [
        sharpness(np.array(other_cameras.poorer(stripes, _seed(number))))
        for number in range(20)
    ]
    same = sum(value == sharpness(stripes) for value in found)
    assert 4 < same < 16
    assert min(found) < 0.8 * sharpness(stripes)


def test_turning_keeps_pictures_together_and_masks_masks():
    """A white square, which is a lesion too, off the middle."""
    photograph = np.zeros((64, 64, 3), "uint8")
    photograph[20:28, 36:44] = 255
    sample = {
        "photograph": tf.constant(photograph),
        "lesions": tf.constant(np.repeat(photograph[..., :1], 4, -1)),
        "grade": tf.constant(2),
    }
    places = set()
    for number in range(20):
        turned = other_cameras.turn_and_scale(sample, _seed(number))
        masks = np.array(turned["lesions"])
        assert turned["photograph"].shape == (64, 64, 3)
        assert masks.dtype == np.uint8
        assert set(np.unique(masks)) == {0, 255}
        lit = np.argwhere(np.array(turned["photograph"])[..., 0] > 127)
        marked = np.argwhere(masks[..., 0])
        assert np.abs(lit.mean(0) - marked.mean(0)).max() < 0.5
        # 64 pixels, scaled by 0.9 to 1.2 in both directions.
        assert 0.7 * 64 < len(marked) < 1.6 * 64
        # As far from the middle, scaled, as before.
        before = np.hypot(23.5 - 31.5, 39.5 - 31.5)
        after = np.hypot(*(marked.mean(0) - 31.5))
        assert 0.85 * before < after < 1.25 * before
        places.add(tuple(np.rint(marked.mean(0)).astype(int)))
    assert len(places) > 10


def test_outside_of_what_was_turned_is_black():
    sample = {"photograph": tf.fill((64, 64, 3), tf.constant(200, tf.uint8))}
    corners = [
        np.array(
            other_cameras.turn_and_scale(sample, _seed(number))["photograph"]
        )[0, 0]
        for number in range(20)
    ]
    assert any((corner == 0).all() for corner in corners)
