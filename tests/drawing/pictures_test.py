import base64

import cv2
import numpy as np
import pytest

from dmtdr_tf.drawing import pictures
from dmtdr_tf.drawing.overlays import LESION_COLORS, color_map


def decoded(uri):
    head, content = uri.split(",")
    data = np.frombuffer(base64.b64decode(content), np.uint8)
    return head, cv2.imdecode(data, cv2.IMREAD_UNCHANGED)


@pytest.mark.parametrize("channels", [(), (3,), (4,)])
def test_png_keeps_every_value_and_the_order_of_channels(channels):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (5, 7, *channels)).astype(np.uint8)
    head, read = decoded(pictures.data_uri(picture, ".png"))
    assert head == "data:image/png;base64"
    if channels:
        read = read[..., [2, 1, 0, 3][: channels[0]]]
    np.testing.assert_array_equal(read, picture)


def test_jpeg_is_near_and_smaller_at_lower_quality():
    picture = np.full((32, 32, 3), (200, 90, 30), np.uint8)
    picture[8:20, 8:20] = (120, 30, 20)
    head, read = decoded(pictures.data_uri(picture, ".jpg", 95))
    assert head == "data:image/jpeg;base64"
    assert np.abs(read[..., ::-1].astype(int) - picture).mean() < 4
    sizes = [len(pictures.encode(picture, ".jpg", q)) for q in (40, 95)]
    assert sizes[0] < sizes[1]


def test_write_leaves_no_partial(tmp_path):
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    pictures.write_picture(tmp_path / "a.png", picture)
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]
    read = cv2.imread(str(tmp_path / "a.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(read, picture)
    with pytest.raises(OSError):
        pictures.write_picture(tmp_path / "no" / "a.png", picture)


def test_reduce_averages_areas_and_never_enlarges():
    picture = np.arange(24, dtype=np.float32).reshape(4, 6)
    reduced = pictures.reduce_picture(picture, 3)
    expected = picture.reshape(2, 2, 3, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(reduced, expected, rtol=1e-6)
    assert pictures.reduce_picture(picture, 6) is picture
    assert pictures.reduce_picture(np.zeros((1, 500)), 10).shape == (1, 10)


def test_to_uint8_rounds_and_clips():
    values = np.array([-0.2, 0.0, 0.5, 0.999, 1.4])
    assert pictures.to_uint8(values).tolist() == [0, 0, 128, 255, 255]


def test_lesion_layer_keeps_a_single_pixel():
    mask = np.zeros((400, 600), bool)
    mask[201, 301] = True
    layer = pictures.lesion_layer(mask, 2, 60)
    assert layer.shape == (40, 60, 4)
    assert np.argwhere(layer[..., 3] == 102).tolist() == [[20, 30]]
    assert layer[20, 32, 3] == 255
    drawn = layer[..., 3] > 0
    assert (layer[drawn][:, :3] == LESION_COLORS[2]).all()
    assert 8 < drawn.sum() < 25


def test_evidence_layer_is_as_opaque_as_there_is_evidence():
    evidence = np.array([[0, 128, 255]], np.uint8)
    layer = pictures.evidence_layer(evidence, 512)
    assert layer[0, :, 3].tolist() == [0, 128, 255]
    np.testing.assert_array_equal(
        layer[..., :3], color_map(np.array([[[0.0], [0.5], [1.0]]]))
    )
