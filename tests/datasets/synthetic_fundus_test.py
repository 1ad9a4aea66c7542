import collections
import dataclasses

import cv2
import numpy as np
import pytest
import tensorflow_datasets as tfds

import dmtdr_tf_datasets  # noqa: F401
from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.synthetic_fundus import drawing
from dmtdr_tf_datasets.synthetic_fundus.anatomy import Anatomy
from dmtdr_tf_datasets.synthetic_fundus.eye import Eye, sample_eye
from dmtdr_tf_datasets.synthetic_fundus.fundus_config import FundusConfig
from dmtdr_tf_datasets.synthetic_fundus.grading import (
    Findings,
    icdr_grade,
    quadrants,
)
from dmtdr_tf_datasets.synthetic_fundus.lesions import Lesion
from dmtdr_tf_datasets.synthetic_fundus.rendering import (
    KINDS,
    masks,
    photograph,
)
from dmtdr_tf_datasets.synthetic_fundus.synthetic_fundus_dataset_builder import (  # noqa: E501
    draw_sample,
)

SIZE = 256
EYES = 60


@pytest.fixture(scope="module")
def eyes() -> list[Eye]:
    return [sample_eye(0, "train", index) for index in range(EYES)]


def _without(eye: Eye, kind: str) -> Eye:
    kept = tuple(lesion for lesion in eye.lesions if lesion.kind != kind)
    return dataclasses.replace(eye, lesions=kept)


def _only(eye: Eye, lesions: list[Lesion]) -> Eye:
    return dataclasses.replace(eye, lesions=tuple(lesions))


def _with_kind(eyes: list[Eye], kind: str, count: int) -> list[Eye]:
    found = [e for e in eyes if any(x.kind == kind for x in e.lesions)]
    assert len(found) >= count
    return found[:count]


@pytest.mark.parametrize(
    ("findings", "grade"),
    [
        (Findings(), 0),
        (Findings(microaneurysms=1), 1),
        (Findings(microaneurysms=500), 1),
        (Findings(haemorrhages=(0, 0, 1, 0)), 2),
        (Findings(soft_exudates=1), 2),
        (Findings(microaneurysms=2, hard_exudates=1), 2),
        # Many haemorrhages, but one quadrant short of the four.
        (Findings(haemorrhages=(90, 90, 90, 4)), 2),
        (Findings(haemorrhages=(5, 5, 5, 5)), 3),
        (Findings(beaded_quadrants=1), 2),
        (Findings(beaded_quadrants=2), 3),
        (Findings(irma_quadrants=1), 3),
        (Findings(neovascularization=True), 4),
        (Findings(preretinal_haemorrhage=True), 4),
        # The highest that applies counts.
        (Findings(haemorrhages=(9, 9, 9, 9), neovascularization=True), 4),
    ],
)
def test_grade_follows_the_icdr_rule(findings, grade):
    assert icdr_grade(findings) == grade


def test_quadrants_are_numbered_row_by_row():
    points = np.array([[0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9]])
    np.testing.assert_array_equal(quadrants(points), [0, 1, 2, 3])


def test_findings_count_what_was_drawn(eyes):
    def lesion(kind, form, x, y):
        outline = np.array([[x, y], [x + 0.01, y], [x, y + 0.01]])
        return Lesion(kind, form, (x, y), 0.005, (outline,), 0.5)

    drawn = [
        lesion("HM", "blot", 0.3, 0.3),
        lesion("HM", "flame", 0.7, 0.8),
        lesion("HM", "flame", 0.6, 0.9),
        lesion("MA", "dot", 0.4, 0.4),
        lesion("SE", "wool", 0.4, 0.6),
    ]
    healthy = next(eye for eye in eyes if eye.grade == 0)
    eye = _only(healthy, drawn)
    assert eye.findings == Findings(
        microaneurysms=1, haemorrhages=(1, 0, 0, 2), soft_exudates=1
    )
    assert eye.grade == 2
    # Blood before the retina is no intraretinal haemorrhage.
    boat = _only(healthy, [lesion("HM", "preretinal", 0.3, 0.3)])
    assert boat.findings == Findings(preretinal_haemorrhage=True)
    assert boat.grade == 4


def test_every_grade_occurs_and_none_prevails(eyes):
    shares = collections.Counter(eye.grade for eye in eyes)
    assert set(shares) == {0, 1, 2, 3, 4}
    assert min(shares.values()) >= 0.06 * EYES
    assert max(shares.values()) <= 0.45 * EYES


def test_grade_agrees_with_what_can_be_seen(eyes):
    for eye in eyes:
        kinds = {lesion.kind for lesion in eye.lesions}
        extra = {vessel.kind for vessel in eye.vessels} - {"artery", "vein"}
        if eye.grade == 0:
            assert not kinds and not extra
        elif eye.grade == 1:
            assert kinds == {"MA"} and not extra
        elif eye.grade == 2:
            assert kinds & {"HM", "SE", "HE"} and not extra
        elif eye.grade == 3:
            assert "neovascular" not in extra


def test_the_same_key_draws_the_same_photograph(eyes):
    np.random.seed(1)  # noqa: NPY002 - global state must not matter
    first = photograph(eyes[2], 64), masks(eyes[2], 64)
    np.random.seed(2)  # noqa: NPY002
    again = sample_eye(0, "train", 2)
    np.testing.assert_array_equal(first[0], photograph(again, 64))
    np.testing.assert_array_equal(first[1], masks(again, 64))


def test_seed_split_and_index_each_change_the_eye():
    keys = [(0, "train", 0), (1, "train", 0), (0, "test", 0), (0, "train", 1)]
    drawn = [photograph(sample_eye(*key), 64).astype(float) for key in keys]
    for other in drawn[1:]:
        assert np.abs(drawn[0] - other).mean() > 3


@pytest.mark.parametrize("index", [0, 2, 4])
def test_an_eye_is_the_same_at_two_sizes(index):
    eye = sample_eye(0, "train", index)
    small = photograph(eye, SIZE).astype(np.float32)
    large = photograph(eye, 2 * SIZE)
    reduced = cv2.resize(large, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    difference = np.abs(small - reduced.astype(np.float32)).mean()
    # Sensor noise (at most 1.4 %) and sharpness differ; content does not.
    assert difference < 4
    other = photograph(sample_eye(0, "train", index + 1), SIZE)
    assert difference < 0.25 * np.abs(small - other).mean()


def test_masks_of_two_sizes_cover_the_same_ground(eyes):
    eye = _with_kind(eyes, "HM", 1)[0]
    small = masks(eye, SIZE)[..., 1] > 0
    large = masks(eye, 2 * SIZE)[..., 1]
    reduced = cv2.resize(large, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    union = (small | (reduced >= 128)).sum()
    assert (small & (reduced >= 128)).sum() / union > 0.8


@pytest.mark.parametrize("kind", KINDS)
def test_a_lesion_changes_the_photograph_in_its_mask_only(eyes, kind):
    # The soft exudate's fuzzy edge reaches furthest: three sigma of 0.007.
    reach = {"MA": 2, "HM": 3, "SE": 7, "HE": 2}[kind]
    cell = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    for eye in _with_kind(eyes, kind, 3):
        plane = masks(eye, SIZE)[..., KINDS.index(kind)]
        change = photograph(eye, SIZE).astype(int)
        change = np.abs(change - photograph(_without(eye, kind), SIZE))
        outside = cv2.dilate(plane, cell) == 0
        assert change.max(-1)[outside].max() <= 8
        # Blood over a vessel or exudate shows little; elsewhere it must.
        changed = change.max(-1)[plane > 0] > 8
        assert changed.mean() > 0.85


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("MA", 0.50, 0.88),
        ("HM", 0.45, 0.85),
        ("SE", 1.12, 1.75),
        ("HE", 1.15, 2.60),
    ],
)
def test_contrast_in_green_lies_in_its_range(eyes, kind, low, high):
    for eye in _with_kind(eyes, kind, 6):
        inside = masks(eye, SIZE)[..., KINDS.index(kind)] > 0
        with_it = photograph(eye, SIZE)[inside, 1].mean()
        without = photograph(_without(eye, kind), SIZE)[inside, 1].mean()
        assert low <= with_it / without <= high


def test_a_mask_is_the_half_covered_pixels(eyes):
    # A square of 10 x 10 pixels of 256, and a tenth of a pixel more to the
    # right: with the canvas's own rounding (a quarter) less than half, so the
    # column stays unset.
    x0, x1, y0, y1 = 100 / 256, 110.1 / 256, 60 / 256, 70 / 256
    outline = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    lesion = Lesion("HE", "drop", (0.41, 0.25), 0.02, (outline,), 0.5)
    plane = masks(_only(eyes[0], [lesion]), 256)
    expected = np.zeros((256, 256), np.uint8)
    expected[60:70, 100:110] = 255
    np.testing.assert_array_equal(plane[..., 3], expected)
    assert not plane[..., :3].any()


def test_a_lesion_far_below_a_pixel_keeps_one(eyes):
    outline = np.array([[0.5, 0.5], [0.501, 0.5], [0.5, 0.501]]) + 0.001
    lesion = Lesion("MA", "dot", (0.501, 0.501), 0.0005, (outline,), 0.5)
    plane = masks(_only(eyes[0], [lesion]), 32)[..., 0]
    assert (plane > 0).sum() == 1
    assert plane[16, 16] == 255


@pytest.mark.parametrize("size", [32, 128])
def test_every_lesion_has_a_pixel_at_small_sizes(eyes, size):
    for eye in eyes[:20]:
        for lesion in eye.lesions:
            plane = masks(_only(eye, [lesion]), size)
            assert plane[..., KINDS.index(lesion.kind)].any()


def test_lesions_lie_in_the_field_and_off_the_disc(eyes):
    for eye in eyes:
        centers = np.array([x.center for x in eye.lesions]).reshape(-1, 2)
        assert eye.camera.sees(centers).all()
        away = np.hypot(*(centers - np.array(eye.anatomy.disc)).T)
        assert (away > 0.5 * eye.anatomy.disc_diameter).all()


def test_microaneurysms_have_their_size(eyes):
    for eye in _with_kind(eyes, "MA", 5):
        dots = [lesion for lesion in eye.lesions if lesion.kind == "MA"]
        for dot in dots:
            assert 0.007 < 2 * dot.radius < 0.011


def test_anatomy_is_that_of_an_eye(eyes):
    sides = {eye.anatomy.left for eye in eyes}
    assert sides == {False, True}
    for eye in eyes:
        anatomy = eye.anatomy
        assert anatomy.left == (anatomy.disc[0] < anatomy.fovea[0])
        assert 2.4 <= anatomy.distance / anatomy.disc_diameter <= 2.75
        assert anatomy.disc[1] < anatomy.fovea[1]


def test_the_frame_of_a_right_eye_mirrors_that_of_a_left():
    left = Anatomy(True, (0.2, 0.5), (0.5, 0.5), 0.12, 0.4, 0.5)
    right = Anatomy(False, (0.8, 0.5), (0.5, 0.5), 0.12, 0.4, 0.5)
    points = np.array([[1.0, 0.0], [0.5, 1.0]])
    expected = np.array([[0.5, 0.5], [0.35, 0.8]])
    np.testing.assert_allclose(left.to_photograph(points), expected, atol=1e-12)
    expected[:, 0] = 1 - expected[:, 0]
    np.testing.assert_allclose(
        right.to_photograph(points), expected, atol=1e-12
    )


def test_no_vessel_enters_the_foveas_zone(eyes):
    for eye in eyes[:20]:
        points = np.concatenate(
            [v.points for v in eye.vessels if v.kind in ("artery", "vein")]
        )
        away = np.hypot(*(points - np.array(eye.anatomy.fovea)).T)
        assert away.min() > 0.03


def test_disc_is_bright_macula_dark_and_outside_black(eyes):
    x, y = drawing.grid(128)
    field = (np.hypot(x - 0.5, y - 0.5) < 0.46) & (np.abs(y - 0.5) < 0.38)
    for eye in (e for e in eyes if e.grade == 0):
        image = photograph(eye, 128)
        anatomy = eye.anatomy
        radius = anatomy.disc_diameter / 2
        # Against a ring around it: the light is uneven over the field.
        from_disc = np.hypot(x - anatomy.disc[0], y - anatomy.disc[1]) / radius
        ring = (from_disc > 1.3) & (from_disc < 2) & field
        disc = np.median(image[from_disc < 0.8, 1])
        assert disc > 1.2 * np.median(image[ring, 1])
        away = np.hypot(x - anatomy.fovea[0], y - anatomy.fovea[1])
        ring = (away > 0.1) & (away < 0.14) & field
        fovea = np.median(image[away < 0.015, 1])
        assert fovea < 0.95 * np.median(image[ring, 1])
        assert image[np.hypot(x - 0.5, y - 0.5) > 0.52].max() < 12


def test_ribbon_outlines_a_straight_line():
    points = np.array([[0.2, 0.5], [0.4, 0.5], [0.6, 0.5]])
    outline = drawing.ribbon(points, np.full(3, 0.1))
    expected = [[0.2, 0.55], [0.4, 0.55], [0.6, 0.55]]
    expected += [[0.6, 0.45], [0.4, 0.45], [0.2, 0.45]]
    np.testing.assert_allclose(outline, expected, atol=1e-12)


def test_sample_files_hold_the_drawn_arrays(eyes):
    config = FundusConfig(size=64, train=1)
    sample = draw_sample(config, "train", 2)
    for name, expected in (
        ("photograph", photograph(eyes[2], 64)),
        ("lesions", masks(eyes[2], 64)),
    ):
        file = np.frombuffer(sample[name], np.uint8)
        image = cv2.imdecode(file, cv2.IMREAD_UNCHANGED)
        order = [2, 1, 0, 3][: image.shape[-1]]
        np.testing.assert_array_equal(image[..., order], expected)
    assert sample["grade"] == eyes[2].grade


def test_annotated_share_hides_masks_and_keeps_the_rest():
    whole = FundusConfig(size=32)
    part = dataclasses.replace(whole, annotated_share=0.5)
    pairs = [
        (draw_sample(whole, "train", k), draw_sample(part, "train", k))
        for k in range(40)
    ]
    hidden = [p for _, p in pairs if not p["has_lesions"]]
    assert all(sample["has_lesions"] for sample, _ in pairs)
    assert 10 <= len(hidden) <= 30
    for sample, other in pairs:
        assert sample["photograph"] == other["photograph"]
        assert sample["grade"] == other["grade"]
    for sample in hidden:
        file = np.frombuffer(sample["lesions"], np.uint8)
        assert not cv2.imdecode(file, cv2.IMREAD_UNCHANGED).any()


def test_config_is_named_by_what_it_holds():
    assert FundusConfig().name == "256"
    assert FundusConfig(size=512, train=9, seed=3).name == "512-train9-seed3"
    name = FundusConfig(annotated_share=0.25).name
    assert name == "256-annotated_share0p25"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"size": 8}, "size: must be at least 32, not 8"),
        ({"train": -1}, "train: must not be negative"),
        ({"annotated_share": 1.5}, "annotated_share: must be in"),
    ],
)
def test_config_refuses_what_it_cannot_hold(values, message):
    with pytest.raises(UserError, match=message):
        FundusConfig(**values)


def test_builder_knows_its_configs_and_takes_equal_copies(tmp_path):
    for size in (128, 256, 512, 1024):
        builder = tfds.builder(f"synthetic_fundus/{size}", data_dir=tmp_path)
        assert builder.builder_config.size == size
    copy = FundusConfig(size=512)
    builder = tfds.builder("synthetic_fundus", config=copy, data_dir=tmp_path)
    assert builder.builder_config.name == "512"


def test_a_small_copy_is_built_and_read_back(tmp_path):
    config = FundusConfig(size=64, train=18, validation=2, test=0)
    builder = tfds.builder("synthetic_fundus", config=config, data_dir=tmp_path)
    builder.download_and_prepare()
    counts = {name: s.num_examples for name, s in builder.info.splits.items()}
    assert counts == {"train": 18, "validation": 2}
    assert str(builder.info.features["lesions"].dtype).endswith("uint8'>")
    read = {}
    for sample in tfds.as_numpy(builder.as_dataset(split="train")):
        read[sample["name"].decode()] = sample
    assert sorted(read) == [f"train_{k:05d}" for k in range(18)]
    for index in (0, 17):
        eye = sample_eye(0, "train", index)
        sample = read[f"train_{index:05d}"]
        np.testing.assert_array_equal(sample["photograph"], photograph(eye, 64))
        np.testing.assert_array_equal(sample["lesions"], masks(eye, 64))
        assert sample["grade"] == eye.grade
        assert bool(sample["has_lesions"])
        side = "left" if eye.anatomy.left else "right"
        assert sample["eye"].decode() == f"train_{index:05d}_{side}"
