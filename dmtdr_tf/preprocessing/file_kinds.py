"""The kinds of files that hold a photograph."""

from typing import Final

__all__ = ["PHOTOGRAPH_SUFFIXES", "READABLE_KINDS"]

# A folder's photographs are found by these suffixes, in lower case. A file
# that is named is read by its content, whatever its name.
PHOTOGRAPH_SUFFIXES: Final[tuple[str, ...]] = (
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".png",
    ".tif",
    ".tiff",
    ".webp",
    ".bmp",
)
READABLE_KINDS: Final[str] = "JPEG, PNG, TIFF, WebP or BMP"
