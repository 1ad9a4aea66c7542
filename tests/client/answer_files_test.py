import cv2
import numpy as np

from dmtdr_tf.client.answer_files import write_answer

NAMES = {
    "super_resolution.png",
    "lesions_MA.png",
    "lesions_HM.png",
    "lesions_SE.png",
    "lesions_HE.png",
    "evidence.png",
}


def test_numbers_become_pictures_under_their_lesion_s_name(tmp_path):
    photograph = np.zeros((1, 2, 3, 3), np.float32)
    photograph[..., 0], photograph[..., 2] = 1.0, 0.2
    lesions = np.zeros((1, 2, 3, 4), np.float32)
    lesions[0, 1, 2] = [0.2, 0.4, 0.6, 1.0]
    evidence = np.zeros((1, 2, 3, 1), np.float32)
    evidence[0, 0, 1] = 0.8
    answer = {
        "super_resolution": photograph,
        "lesions": lesions,
        "evidence": evidence,
    }
    write_answer(tmp_path / "new" / "folder", answer)
    files = {p.name: p for p in (tmp_path / "new" / "folder").iterdir()}
    assert set(files) == NAMES
    pictures = {
        name: cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        for name, path in files.items()
    }
    # OpenCV reads blue first.
    assert pictures["super_resolution.png"][0, 0].tolist() == [51, 0, 255]
    values = [pictures[f"lesions_{x}.png"][1, 2] for x in ("MA", "HM", "SE")]
    assert values == [51, 102, 153]
    assert pictures["lesions_HE.png"].sum() == 255
    assert pictures["evidence.png"].tolist() == [[0, 204, 0], [0, 0, 0]]


def test_the_server_s_pictures_are_kept_byte_by_byte(tmp_path):
    answer = {
        "super_resolution_bytes": np.array([b"sr\0"], object),
        "lesions_bytes": np.array([[b"ma", b"hm\0", b"se", b"he"]], object),
        "evidence_bytes": np.array([b"ev"], object),
    }
    write_answer(tmp_path, answer)
    contents = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert set(contents) == NAMES
    assert contents["super_resolution.png"] == b"sr\0"
    assert contents["lesions_HM.png"] == b"hm\0"
    assert contents["lesions_HE.png"] == b"he"
    assert contents["evidence.png"] == b"ev"
