import numpy as np
import pytest
import scipy.ndimage

from dmtdr_tf.evaluation.audit import AuditFigures
from dmtdr_tf.evaluation.matching import match_lesions, tolerance

SIDE = 100


def _mask(*boxes):
    mask = np.zeros((SIDE, SIDE), bool)
    for top, left, side in boxes:
        mask[top : top + side, left : left + side] = True
    return mask


def _total(matches):
    return [int(counts.sum()) for counts in matches]


def test_kept_lost_and_invented():
    reference = _mask((10, 10, 3), (50, 50, 3), (80, 20, 3))
    other = _mask((10, 10, 3), (51, 51, 3), (20, 80, 3), (90, 90, 1))
    assert _total(match_lesions(reference, other)) == [2, 1, 2]


def test_a_lesion_may_be_as_far_away_as_the_tolerance():
    assert tolerance(SIDE) == 1
    reference = _mask((50, 50, 3))
    assert _total(match_lesions(reference, _mask((53, 50, 3)))) == [1, 0, 0]
    assert _total(match_lesions(reference, _mask((54, 50, 3)))) == [0, 1, 1]


def test_lesions_that_merge_or_break_up_are_kept():
    two, one = _mask((50, 50, 3), (50, 60, 3)), _mask((50, 50, 13))
    assert _total(match_lesions(two, one)) == [2, 0, 0]
    assert _total(match_lesions(one, two)) == [1, 0, 0]


def test_sizes_are_those_of_the_lesion_itself():
    # Disks of their areas have diameters of 2.3 and 11.3 % of the side.
    reference = _mask((10, 10, 2), (70, 70, 10))
    other = _mask((70, 70, 10), (40, 40, 2))
    other[90, 10] = True
    kept, lost, invented = match_lesions(reference, other)
    assert kept.tolist() == [0, 0, 1]
    assert lost.tolist() == [0, 1, 0]
    # A single pixel has a diameter of 1.1 %.
    assert invented.tolist() == [0, 2, 0]


def test_size_classes_scale_with_the_photograph():
    for side in (256, 512, 1024):
        mask = np.zeros((side, side), bool)
        for row, share in ((10, 0.007), (side // 2, 0.02)):
            edge = round(np.sqrt(np.pi / 4) * share * side)
            mask[row : row + edge, 10 : 10 + edge] = True
        kept, _, _ = match_lesions(mask, mask)
        assert kept.tolist() == [1, 1, 0], side


def _by_scipy(reference, other):
    """Counts lesion by lesion, with distances in place of a dilation."""
    eight = np.ones((3, 3))

    def near(mask, target):
        labels, count = scipy.ndimage.label(mask, eight)
        if not target.any():
            return 0, count
        distance = scipy.ndimage.distance_transform_edt(~target)
        nearest = scipy.ndimage.minimum(distance, labels, range(1, count + 1))
        hits = int((np.asarray(nearest) <= tolerance(SIDE)).sum())
        return hits, count - hits

    kept, lost = near(reference, other)
    return [kept, lost, near(other, reference)[1]]


@pytest.mark.parametrize("seed", range(8))
def test_counts_equal_scipy_s(seed):
    rng = np.random.default_rng(seed)
    blobs = scipy.ndimage.gaussian_filter(
        rng.normal(size=(2, SIDE, SIDE)), (0, 2, 2)
    )
    shared = scipy.ndimage.gaussian_filter(rng.normal(size=(SIDE, SIDE)), 2)
    reference, other = (blobs + shared) > 0.25
    assert _total(match_lesions(reference, other)) == _by_scipy(
        reference, other
    )


def test_nothing_anywhere():
    nothing = _mask()
    assert _total(match_lesions(nothing, nothing)) == [0, 0, 0]
    assert _total(match_lesions(nothing, _mask((5, 5, 2)))) == [0, 0, 1]
    assert _total(match_lesions(_mask((5, 5, 2)), nothing)) == [0, 1, 0]


def test_figures_are_sums_by_lesion_and_size():
    high_res = np.zeros((2, SIDE, SIDE, 4))
    restored, bicubic = np.zeros((2, *high_res.shape))
    high_res[0, 10:13, 10:13, 0] = high_res[1, 10:30, 10:30, 3] = 0.5
    restored[0, 10:13, 10:13, 0] = bicubic[1, 10:30, 10:30, 3] = 0.9
    restored[1, 60:63, 60:63, 3] = 0.49
    bicubic[1, 60:63, 60:63, 3] = bicubic[1, 60:63, 80:83, 3] = 0.5
    figures = AuditFigures()
    assert figures.result() is None
    figures.update(high_res, {"super_resolution": restored, "bicubic": bicubic})
    result = figures.result()
    assert result["photographs"] == 2
    everything = result["all"]["all"]
    assert everything["high_res"] == 2
    assert everything["super_resolution"] == {
        "kept": 1,
        "lost": 1,
        "invented": 0,
        "kept_share": 0.5,
        "invented_per_photograph": 0.0,
    }
    assert everything["bicubic"]["invented"] == 2
    assert everything["invented_beyond_bicubic"] == -2
    assert everything["difference"] == {
        "kept_share": 0.0,
        "invented_per_photograph": -1.0,
    }
    assert result["MA"]["all"]["super_resolution"]["kept"] == 1
    assert result["MA"]["large"]["high_res"] == 1
    assert result["HE"]["large"]["bicubic"]["kept_share"] == 1.0
    assert result["SE"]["all"]["super_resolution"]["kept_share"] is None
