"""A page that shows what a data set holds: pictures, counts, findings."""

import collections
import pathlib
from collections.abc import Mapping
from typing import Any

import jinja2
import numpy as np

from dmtdr_tf.data.entries import Entry
from dmtdr_tf.drawing import pictures
from dmtdr_tf.drawing.overlays import LESION_COLOURS, LESION_HEX, outline
from dmtdr_tf.labels import GRADES, LESION_NAMES, LESIONS

_SIDE = 160


class ContactSheet:
    """Keeps thumbnails while a data set is read, and writes them as a page.

    Args:
        shown: Photographs to show of every split and grade.

    Example:
    >>> sheet = ContactSheet(shown=8)
    >>> for entry in read_entries(builder):
    ...     sheet.add(entry)
    >>> sheet.write(folder / "index.html", census.result())
    """

    def __init__(self, shown: int = 12):
        self._shown = shown
        # Every photograph's: which ones are duplicates is known at the end.
        self._thumbnails: dict[tuple[str, str, str], str] = {}
        self._groups: dict[tuple[str, str], dict[int, list[str]]]
        self._groups = collections.defaultdict(
            lambda: collections.defaultdict(list)
        )

    def add(self, entry: Entry) -> None:
        """Keeps one photograph's thumbnail, its lesions outlined.

        Args:
            entry: The photograph.
        """
        key = (entry.dataset, entry.split, entry.name)
        drawn = pictures.reduce_picture(_outlined(entry), _SIDE)
        self._thumbnails[key] = pictures.data_uri(drawn, ".jpg", 80)
        group = self._groups[entry.dataset, entry.split][entry.grade]
        if len(group) < self._shown:
            group.append(entry.name)

    def write(self, path: pathlib.Path, result: Mapping[str, Any]) -> None:
        """Writes the page.

        Args:
            path: The HTML file.
            result: From `Census.result`.

        Raises:
            OSError: The file cannot be written.
        """
        templates = jinja2.Environment(
            loader=jinja2.PackageLoader("dmtdr_tf.reporting"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        page = templates.get_template("contact_sheet.html").render(
            result=result,
            groups=self._groups,
            thumbnails=self._thumbnails,
            grades={-1: "unknown", **dict(enumerate(GRADES))},
            lesions=list(zip(LESIONS, LESION_NAMES, LESION_HEX, strict=True)),
        )
        path.write_text(page, encoding="utf-8")


def _outlined(entry: Entry) -> np.ndarray:
    drawn = entry.photograph.copy()
    for channel, colour in enumerate(LESION_COLOURS):
        mask = entry.lesions[..., channel] > 0
        if mask.any():
            # Two pixels of the thumbnail, whatever the photograph's side.
            width = max(1, 2 * len(drawn) // _SIDE)
            drawn[outline(mask, width)] = colour
    return drawn
