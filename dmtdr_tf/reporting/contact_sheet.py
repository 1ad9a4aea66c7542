"""A page that shows a data set: pictures, counts, suspicious entries."""

import collections
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from dmtdr_tf.data.entries import Entry
from dmtdr_tf.drawing import pictures
from dmtdr_tf.drawing.overlays import LESION_COLORS, outline
from dmtdr_tf.files.whole_file import write_text
from dmtdr_tf.labels import GRADES
from dmtdr_tf.reporting.templates import template

__all__ = ["ContactSheet"]

_SIDE = 160


class ContactSheet:
    """Collects thumbnails while a data set is read, and writes them as a page.

    Args:
        per_grade: How many photographs of each split and grade to show.

    Example:
    ```python
    census, sheet = Census(), ContactSheet(per_grade=8)
    for entry in read_entries(builder):
        census.add(entry)
        sheet.add(entry)
    sheet.write("index.html", census.result())
    ```
    """

    def __init__(self, per_grade: int = 12):
        self._per_grade = per_grade
        # Of every photograph: the duplicates are known only at the end.
        self._thumbnails: dict[tuple[str, str, str], str] = {}
        self._groups: dict[tuple[str, str], dict[int, list[str]]]
        self._groups = collections.defaultdict(
            lambda: collections.defaultdict(list)
        )

    def add(self, entry: Entry) -> None:
        """Adds a photograph's thumbnail, with its lesions outlined.

        Args:
            entry: The photograph.
        """
        key = (entry.dataset, entry.split, entry.name)
        thumbnail = pictures.reduce_picture(_outlined(entry), _SIDE)
        self._thumbnails[key] = pictures.data_uri(thumbnail, ".jpg", 80)
        group = self._groups[entry.dataset, entry.split][entry.grade]
        if len(group) < self._per_grade:
            group.append(entry.name)

    def write(
        self, path: str | os.PathLike[str], result: Mapping[str, Any]
    ) -> None:
        """Writes the page, whole or not at all.

        Args:
            path: The HTML file.
            result: From `Census.result`.

        Raises:
            OSError: The file cannot be written.
        """
        page = template("contact_sheet.html").render(
            result=result,
            groups=self._groups,
            thumbnails=self._thumbnails,
            grades={-1: "unknown", **dict(enumerate(GRADES))},
        )
        write_text(path, page)


def _outlined(entry: Entry) -> np.ndarray:
    picture = entry.photograph.copy()
    for channel, color in enumerate(LESION_COLORS):
        mask = entry.lesions[..., channel] > 0
        if mask.any():
            # Two pixels of the thumbnail, whatever the photograph's side.
            width = max(1, 2 * len(picture) // _SIDE)
            picture[outline(mask, width)] = color
    return picture
