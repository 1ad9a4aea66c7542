import dataclasses

import cv2
import numpy as np
import pytest

from dmtdr_tf.drawing.overlays import LESION_COLORS
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.prediction.result_folder import RESULT_FILES


def test_masks_lie_where_the_square_was_cut(prediction):
    masks = prediction.lesion_masks(0.5)
    assert masks.shape == (40, 64, 4)
    # Output row 3, column 5 is row 4 + 3, column 16 + 5.
    assert np.argwhere(masks[..., 0]).tolist() == [[7, 21]]
    assert masks[24:28, 36:39, 1].all()
    assert masks[..., 1].sum() == 16
    assert not masks[..., 2:].any()
    assert prediction.lesion_masks(0.4)[..., 3].sum() == 9


def test_evidence_lies_where_the_square_was_cut(prediction):
    evidence = prediction.whole_evidence()
    expected = np.zeros((40, 64), np.uint8)
    expected[12:20, 24:32] = 255
    np.testing.assert_array_equal(evidence, expected)


def test_finding_by_hand(prediction):
    found = prediction.finding("a.jpg", "a", prediction.lesion_masks())
    assert found.grade == 2
    assert found.probabilities == (0.1, 0.2, 0.4, 0.2, 0.1)
    areas = found.areas
    assert [area.pixels for area in areas] == [1, 16, 0, 0]
    assert [area.regions for area in areas] == [1, 2, 0, 0]
    # The field of view is all of the 32 x 32 square.
    assert areas[1].percent == pytest.approx(100 * 16 / 1024)


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_the_grade_is_the_most_probable(prediction):
    assert (prediction.grade, prediction.grade_name) == (2, "moderate")
    assert prediction.referable_probability == pytest.approx(0.7)
    assert repr(prediction) == (
        "Prediction(grade=2 (moderate), probability=0.40, "
        "referable_probability=0.70)"
    )


def test_predictions_can_be_compared_and_kept_in_a_set(prediction):
    other = dataclasses.replace(prediction)
    assert prediction == prediction
    assert prediction != other
    assert len({prediction, other}) == 2


def test_saves_every_picture(prediction, tmp_path):
    prediction.save(tmp_path / "eye")
    masks = prediction.lesion_masks()
    names = sorted(p.name for p in (tmp_path / "eye").iterdir())
    assert names == sorted(RESULT_FILES)
    mask = read(tmp_path / "eye" / "lesions_HM.png")
    np.testing.assert_array_equal(mask, masks[..., 1] * np.uint8(255))
    evidence = read(tmp_path / "eye" / "evidence.png")
    np.testing.assert_array_equal(evidence, prediction.whole_evidence())
    super_resolution = read(tmp_path / "eye" / "super_resolution.png")
    assert super_resolution.shape == (32, 32, 3)
    assert (super_resolution == 128).all()
    overlay = read(tmp_path / "eye" / "overlay.jpg")[..., ::-1].astype(int)
    assert overlay.shape == (40, 64, 3)
    # The outline of the larger haemorrhage, beside its left column.
    near = overlay[24:28, 35] - LESION_COLORS[1]
    assert np.abs(near).mean() < 25


def test_a_threshold_moves_the_saved_masks(prediction, tmp_path):
    prediction.save(tmp_path / "eye", threshold=0.4)
    prediction.save(tmp_path / "eye", threshold=0.3)
    assert (read(tmp_path / "eye" / "lesions_HE.png") > 0).sum() == 9


def test_saving_replaces_nothing_but_a_prediction(prediction, tmp_path):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(UserError, match=r"folder: .*thesis\.txt"):
        prediction.save(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_notebook_shows_grade_and_pictures(prediction):
    page = prediction._repr_html_()
    assert "Grade 2: moderate" in page
    assert page.count('src="data:image/jpeg;base64,') == 2
    assert "microaneurysms: 0.10%, haemorrhages: 1.56%" in page
    assert "<figcaption>evidence</figcaption>" in page
    healthy = dataclasses.replace(
        prediction, probabilities=np.array([0.9, 0.1, 0.0, 0.0, 0.0])
    )
    assert "Grade 0: none" in healthy._repr_html_()


def test_a_notebook_says_that_a_map_is_empty(prediction):
    empty = dataclasses.replace(
        prediction, evidence=np.zeros_like(prediction.evidence)
    )
    assert "evidence (none above zero)" in empty._repr_html_()


def test_a_lesion_that_the_model_cannot_find(prediction):
    unsure = dataclasses.replace(prediction, unreliable=("HM",))
    areas = unsure.finding("", "", unsure.lesion_masks()).areas
    assert [area.is_reliable for area in areas] == [True, False, True, True]
    words = "not reliably detected by this model"
    assert areas[1].percent_text == words
    assert f"haemorrhages: {words}, soft" in unsure._repr_html_()


def test_evidence_that_no_picture_shows_is_none(prediction):
    masks = prediction.lesion_masks()
    assert prediction.finding("", "", masks).has_evidence
    for level in (0.0, 0.001):
        faint = np.full_like(prediction.evidence, level)
        empty = dataclasses.replace(prediction, evidence=faint)
        assert not empty.finding("", "", masks).has_evidence
