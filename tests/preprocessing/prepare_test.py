"""The one way of a photograph: from a file, from an array, and refused."""

import cv2
import numpy as np
import pytest
from preprocessing.golden.photographs import PHOTOGRAPHS

from dmtdr_tf.config import QualityConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import (
    NoFieldOfViewError,
    UngradablePhotographError,
    UnreadablePhotographError,
    prepare,
)


def _write(path, photograph):
    cv2.imwrite(str(path), photograph[..., ::-1])
    return path


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_a_file_and_its_pixels_are_prepared_alike(tmp_path, kind):
    photograph = PHOTOGRAPHS["whole"]()
    path = kind(_write(tmp_path / "eye.png", photograph))
    of_file, of_array = prepare(path), prepare(photograph)
    np.testing.assert_array_equal(of_file.photograph, photograph)
    assert of_file.field_of_view == of_array.field_of_view
    assert of_file.quality == of_array.quality
    np.testing.assert_array_equal(of_file.crop(64), of_array.crop(64))


def test_the_high_resolution_photograph_is_the_crop():
    prepared = prepare(PHOTOGRAPHS["large"]())
    low_res, high_res = prepared.model_input(64, 256)
    assert low_res.shape == (64, 64, 3)
    np.testing.assert_allclose(high_res * 255, prepared.crop(256), atol=1e-4)
    # Smaller than that: there is none.
    assert prepare(PHOTOGRAPHS["whole"]()).model_input(64, 256)[1] is None


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("black", NoFieldOfViewError, "the photograph shows no field of view"),
        ("strip", UngradablePhotographError, "this photograph cannot be grad"),
    ],
)
def test_a_refusal_starts_with_the_path_where_there_is_one(
    tmp_path, name, error, message
):
    photograph = PHOTOGRAPHS[name]()
    path = _write(tmp_path / "eye.png", photograph)
    with pytest.raises(error) as of_file:
        prepare(path, QualityConfig())
    assert str(of_file.value).startswith(f"{path}: {message}")
    with pytest.raises(error) as of_array:
        prepare(photograph, QualityConfig())
    assert f"{path}: {of_array.value}" == str(of_file.value)
    if error is UngradablePhotographError:
        assert of_file.value.quality == prepare(photograph).quality


def test_an_unreadable_file_is_named(tmp_path):
    path = tmp_path / "eye.png"
    with pytest.raises(UnreadablePhotographError, match="no such file") as gone:
        prepare(path)
    assert str(gone.value).startswith(f"{path}: ")
    path.write_bytes(b"")
    with pytest.raises(UnreadablePhotographError, match="is empty") as empty:
        prepare(str(path))
    assert str(empty.value).startswith(f"{path}: ")


def test_poor_photographs_pass_without_thresholds_and_without_a_gate():
    strip = PHOTOGRAPHS["strip"]()
    assert prepare(strip) is not None
    assert prepare(strip, QualityConfig(gate=False)) is not None
    assert prepare(strip, QualityConfig(min_field=0.4)) is not None


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((60, 80, 3), np.float32),
        np.zeros((60, 80), np.uint8),
        np.zeros((60, 80, 4), np.uint8),
        np.zeros((1, 60, 80, 3), np.uint8),
    ],
    ids=["float", "gray", "RGBA", "batch"],
)
def test_other_arrays_are_refused(pixels):
    with pytest.raises(UserError, match=r"photograph: must be uint8 \[H, W, 3"):
        prepare(pixels)
