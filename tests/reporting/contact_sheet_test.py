import base64
import re

import cv2
import numpy as np

from dmtdr_tf.data.census import Entry
from dmtdr_tf.drawing.overlays import LESION_COLORS
from dmtdr_tf.reporting.contact_sheet import ContactSheet

RESULT = {
    "counts": {"eyes": {"train": {"photographs": 3}}},
    "differences": [],
    "duplicates": [],
    "masks_outside": [],
    "poor": [],
    "unreadable": [],
}


def entry(name, grade=2):
    photograph = np.full((320, 320, 3), 90, np.uint8)
    lesions = np.zeros((320, 320, 4), np.uint8)
    lesions[100:200, 100:200, 1] = 255
    return Entry("eyes", "train", name, photograph, lesions, True, grade)


def test_shows_outlined_photographs_of_each_grade(tmp_path):
    sheet = ContactSheet(per_grade=1)
    for name, grade in (("one<b>", 2), ("two", 2), ("three", -1)):
        sheet.add(entry(name, grade))
    sheet.write(tmp_path / "index.html", RESULT)
    assert [file.name for file in tmp_path.iterdir()] == ["index.html"]
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "one&lt;b&gt;" in page
    assert "one<b>" not in page
    assert "Grade unknown" in page
    # The second photograph of grade 2 is more than was asked for.
    assert len(pictures := re.findall('src="data:[^,]+,([^"]+)"', page)) == 2
    content = np.frombuffer(base64.b64decode(pictures[0]), np.uint8)
    thumbnail = cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1]
    assert thumbnail.shape == (160, 160, 3)
    outline = thumbnail[75, 49].astype(int) - LESION_COLORS[1]
    assert np.abs(outline).max() < 60
    assert np.abs(thumbnail[75, 75].astype(int) - 90).max() < 8


def test_says_when_nothing_is_wrong(tmp_path):
    ContactSheet().write(tmp_path / "index.html", RESULT)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "There are no duplicates." in page
    assert "The quality check accepts all photographs." in page
