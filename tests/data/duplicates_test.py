import cv2
import numpy as np
import pytest

from dmtdr_tf.data.duplicates import find_duplicates, fingerprint


@pytest.fixture(scope="module")
def eyes():
    """Three discs, each with marks of its own."""
    made = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        image = np.zeros((256, 256, 3), np.uint8)
        cv2.circle(image, (128, 128), 120, (200, 120, 60), -1)
        for x, y in rng.integers(50, 200, (60, 2)):
            cv2.circle(image, (int(x), int(y)), 4, (150, 60, 40), -1)
        made.append(image)
    return made


def test_fingerprint_has_mean_0_and_norm_1(eyes):
    made = fingerprint(eyes[0])
    assert made.mean() == pytest.approx(0, abs=1e-6)
    assert np.linalg.norm(made) == pytest.approx(1, abs=1e-5)
    assert not fingerprint(np.full((64, 64, 3), 90, np.uint8)).any()


def test_copies_are_found_in_another_size_light_and_encoding(eyes):
    small = cv2.resize(eyes[1], (160, 160), interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", eyes[1], [cv2.IMWRITE_JPEG_QUALITY, 60])
    coarse = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    darker = (eyes[1] * 0.7).astype(np.uint8)
    photographs = [*eyes, small, coarse, darker]
    pairs = find_duplicates(np.array([fingerprint(p) for p in photographs]))
    found = {(i, j) for i, j, _ in pairs}
    assert found == {(1, 3), (1, 4), (1, 5), (3, 4), (3, 5), (4, 5)}
    assert pairs == sorted(pairs, key=lambda pair: -pair[2])


def test_pairs_are_those_of_the_whole_matrix(monkeypatch):
    rng = np.random.default_rng(0)
    prints = rng.normal(size=(30, 4)).astype("float32")
    prints /= np.linalg.norm(prints, axis=1, keepdims=True)
    alike = np.triu(prints @ prints.T, 1)
    wanted = {(int(i), int(j)) for i, j in np.argwhere(alike >= 0.7)}
    assert len(wanted) > 5
    monkeypatch.setattr("dmtdr_tf.data.duplicates._CHUNK", 7)
    assert {(i, j) for i, j, _ in find_duplicates(prints, 0.7)} == wanted
