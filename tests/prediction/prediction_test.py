import numpy as np
import pytest


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
