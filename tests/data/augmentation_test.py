import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.data import augmentation


def _seed(number):
    return tf.constant([0, number], tf.int64)


def _sample(size=16):
    """A photograph whose pixels hold their own position."""
    rows, columns = np.mgrid[:size, :size].astype("uint8")
    lesions = np.zeros((size, size, 4), "uint8")
    lesions[3, 5, 1] = 255
    return {
        "photograph": tf.constant(np.stack([rows, columns, rows], -1)),
        "lesions": tf.constant(lesions),
        "grade": tf.constant(2),
    }


def test_crop_moves_pictures_together_and_stays_on_the_grid():
    corners = set()
    for number in range(20):
        cut = augmentation.random_crop(_sample(), 8, 4, 0.0, _seed(number))
        top, left, _ = np.array(cut["photograph"])[0, 0]
        assert top % 4 == left % 4 == 0
        wanted = np.array(_sample()["lesions"])[top : top + 8, left : left + 8]
        np.testing.assert_array_equal(cut["lesions"], wanted)
        corners.add((int(top), int(left)))
    assert len(corners) > 3
    assert max(max(c) for c in corners) == 8


def test_focused_crop_holds_a_lesion():
    for number in range(20):
        cut = augmentation.random_crop(_sample(), 8, 1, 1.0, _seed(number))
        assert int(tf.reduce_max(cut["lesions"])) == 255


def test_focus_without_a_lesion_is_a_plain_crop():
    sample = _sample()
    sample["lesions"] = tf.zeros_like(sample["lesions"])
    cut = augmentation.random_crop(sample, 8, 1, 1.0, _seed(0))
    assert cut["photograph"].shape == (8, 8, 3)


def test_all_eight_symmetries_occur_and_keep_pictures_aligned():
    seen = set()
    for number in range(60):
        turned = augmentation.flip_and_rotate(_sample(), _seed(number))
        photograph = np.array(turned["photograph"])
        # The lesion is still on the pixel that says row 3, column 5.
        mask = np.array(turned["lesions"])[..., 1] > 0
        np.testing.assert_array_equal(photograph[mask], [[3, 5, 3]])
        seen.add(photograph.tobytes())
    assert len(seen) == 8


def test_augmentation_follows_its_seed():
    one = augmentation.flip_and_rotate(_sample(), _seed(3))
    same = augmentation.flip_and_rotate(_sample(), _seed(3))
    np.testing.assert_array_equal(one["photograph"], same["photograph"])


@pytest.mark.parametrize("number", range(5))
def test_jitter_keeps_black_and_the_range(number):
    photograph = tf.random.stateless_uniform((8, 8, 3), (1, 2))
    photograph = tf.concat([tf.zeros((2, 8, 3)), photograph[2:]], 0)
    made = np.array(
        augmentation.photometric_jitter(photograph, 0.2, _seed(number))
    )
    assert made[:2].max() == 0
    assert made.min() >= 0
    assert made.max() <= 1
    changed = np.abs(made[2:] - np.array(photograph)[2:])
    assert 1e-3 < changed.mean() < 0.2


def test_no_jitter_changes_nothing():
    photograph = tf.random.stateless_uniform((8, 8, 3), (1, 2))
    made = augmentation.photometric_jitter(photograph, 0.0, _seed(1))
    np.testing.assert_allclose(made, photograph, atol=1e-6)


def test_jitter_is_contrast_then_saturation_then_gain():
    photograph = tf.random.stateless_uniform((6, 5, 3), (1, 2), 0.3, 0.6)
    seed = _seed(4)
    made = augmentation.photometric_jitter(photograph, 0.1, seed)
    draws = np.array(tf.random.stateless_uniform([6], seed, -1.0, 1.0)) * 0.1
    x = np.array(photograph)
    mean = x.mean(axis=(0, 1))
    x = mean + (1 + draws[1]) * (x - mean)
    grey = x.mean(axis=-1, keepdims=True)
    x = grey + (1 + draws[2]) * (x - grey)
    x = x * (1 + draws[0]) * (1 + draws[3:] / 2)
    np.testing.assert_allclose(made, x, atol=1e-6)
