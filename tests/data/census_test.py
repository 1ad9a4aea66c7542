import dataclasses

import cv2
import numpy as np
import pytest

from dmtdr_tf.config import Config, DataConfig, QualityConfig, RunConfig
from dmtdr_tf.data import census, records
from dmtdr_tf.data.entries import Entry, read_entries
from dmtdr_tf.exporting.saved_model.warm_up import draw_eye


def _entry(name, split="train", seed=0, grade=2, lesions=(), annotated=True):
    """A disc with marks by the seed; lesions are (channel, x, y)."""
    rng = np.random.default_rng(seed)
    image = np.zeros((128, 128, 3), np.uint8)
    cv2.circle(image, (64, 64), 60, (200, 120, 60), -1)
    for x, y in rng.integers(25, 100, (40, 2)):
        cv2.circle(image, (int(x), int(y)), 3, (150, 60, 40), -1)
    masks = np.zeros((128, 128, 4), np.uint8)
    for channel, x, y in lesions:
        masks[y : y + 3, x : x + 3, channel] = 255
    return Entry("set/128", split, name, image, masks, annotated, grade)


def _result(*entries):
    made = census.Census()
    for entry in entries:
        made.add(entry)
    return made.result()


def test_counts_by_split_grade_and_lesion():
    counts = _result(
        _entry("a", seed=1, lesions=[(0, 60, 60), (3, 70, 70)]),
        _entry("b", seed=2, grade=-1, lesions=[(3, 60, 60)]),
        _entry("c", "test", seed=3, grade=0, annotated=False),
    )["counts"]["set/128"]
    train = {k: v for k, v in counts["train"].items() if v}
    assert train == {
        "photographs": 2,
        "grade 2": 1,
        "grade unknown": 1,
        "annotated": 2,
        "MA": 1,
        "HE": 2,
    }
    test = {k: v for k, v in counts["test"].items() if v}
    assert test == {"photographs": 1, "grade 0": 1}


def test_duplicates_within_and_across_splits_are_told_apart():
    found = _result(
        _entry("a", seed=1),
        _entry("b", seed=2),
        _entry("c", seed=1),
        _entry("d", "test", seed=2),
    )["duplicates"]
    assert {
        (d["first"]["name"], d["second"]["name"], d["across_splits"])
        for d in found
    } == {("a", "c", False), ("b", "d", True)}
    assert all(d["correlation"] == 1 for d in found)


@pytest.mark.parametrize(
    ("grades", "conflict"), [((2, 2), False), ((2, 4), True), ((2, -1), False)]
)
def test_two_grades_of_one_photograph_are_told(grades, conflict):
    (found,) = _result(
        *(_entry(str(i), seed=1, grade=g) for i, g in enumerate(grades))
    )["duplicates"]
    assert found["grades_conflict"] == conflict


@pytest.mark.parametrize(
    ("lesions", "expected"),
    [
        ([(1, 60, 60)], []),
        ([(1, 60, 60), (1, 2, 2), (2, 120, 2)], [("HM", 1), ("SE", 1)]),
        # Over the edge, but not outside altogether.
        ([(1, 64, 3)], []),
    ],
)
def test_masks_outside_the_field_of_view_are_named(lesions, expected):
    found = _result(_entry("a", lesions=lesions))["masks_outside"]
    assert [(f["lesion"], f["components"]) for f in found] == expected
    assert all(f["name"] == "a" for f in found)


def test_entries_are_a_builder_s_samples(dots_dir):
    config = Config(
        run=RunConfig(dataset="dots", data_dir=str(dots_dir)),
        data=DataConfig(high_res_size=32),
    )
    entries = list(read_entries(records.builder(config, "dots")))
    assert len(entries) == 13
    assert {e.dataset for e in entries} == {"dots/32"}
    third = next(e for e in entries if e.split == "train" and e.name == "3")
    assert (third.grade, third.has_lesions) == (2, True)
    assert third.photograph[0, 0, 0] == 35


def test_counts_are_compared_with_the_published_ones():
    made = census.Census()
    made.add(_entry("a", seed=1, grade=2))
    made.add(_entry("b", "test", seed=2, grade=0))
    published = {
        "set/128": {
            "train": {"photographs": 1, "grade 2": 3},
            "train+test": {"photographs": 2, "grade 0": 2},
            "validation": {"photographs": 4},
        }
    }
    found = made.result(published)["differences"]
    assert [tuple(difference.values())[1:] for difference in found] == [
        ("train", "grade 2", 1, 3),
        ("train+test", "grade 0", 1, 2),
        ("validation", "photographs", 0, 4),
    ]


def test_photographs_too_poor_to_be_graded_are_named():
    eye = draw_eye(128)
    good, poor, foreign = (
        dataclasses.replace(_entry(name), photograph=photograph)
        for name, photograph in (
            ("good", eye),
            ("poor", cv2.GaussianBlur(eye, (0, 0), 5)),
            ("foreign", eye[..., ::-1]),
        )
    )
    first, second = _result(good, poor, foreign)["poor"]
    assert (first["name"], second["name"]) == ("poor", "foreign")
    assert "it is blurred" in first["reason"]
    assert "not those of a retina" in second["reason"]


def test_what_the_frame_shows_does_not_make_a_square_poor():
    strict = QualityConfig(min_side=300, min_roundness=1.0, max_outside=0.0)
    eye = draw_eye(128)
    # As a record is where the frame cuts the disc off.
    eye[:25], eye[-25:] = 0, 0
    square = dataclasses.replace(_entry("cut"), photograph=eye)
    counted = census.Census(strict)
    counted.add(square)
    assert counted.result()["poor"] == []
