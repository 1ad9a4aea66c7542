"""The kinds of files that hold a photograph."""

from typing import Final

__all__ = ["PHOTOGRAPH_SUFFIXES", "READABLE_KINDS", "check_end", "kind_of"]

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

_MAGIC = {
    b"\xff\xd8": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"BM": "BMP",
}
# Named in the refusal, because their users believe them to be photographs.
_OTHER_KINDS = {
    b"GIF8": "a GIF file",
    b"%PDF": "a PDF file",
    b"\0\0\0\x0cjP  ": "a JPEG 2000 file",
    b"\xff\x4f\xff\x51": "a JPEG 2000 file",
    b"\xff\x0a": "a JPEG XL file",
    b"8BPS": "a Photoshop file",
    b"PK\x03\x04": "a ZIP archive",
    b"P5": "a PGM file",
    b"P6": "a PPM file",
}
_PICTURES = (b"\xff\xd8\xff\xdb", b"\xff\xd8\xff\xc0", b"\x89PNG\r\n\x1a\n")
_JPEG_STARTS = tuple(b"\xff\xd8\xff" + bytes([n]) for n in range(0xE0, 0xF0))


def kind_of(data: bytes) -> str:
    """Tells a photograph's kind by its content.

    Args:
        data: A file's content.

    Returns:
        `"JPEG"`, `"PNG"`, `"TIFF"`, `"WebP"` or `"BMP"`.

    Raises:
        ValueError: It is of another kind, which the message names if known.

    Example:
        >>> kind_of(b"BM" + bytes(60))
        'BMP'
    """
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            return kind
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP"
    raise ValueError(f"{_other_kind(data)}not a {READABLE_KINDS} photograph")


def check_end(data: bytes, end: int) -> None:
    """Refuses a second picture behind the first; other bytes do no harm.

    Args:
        data: A file's content.
        end: Where its picture ends.

    Raises:
        ValueError: A JPEG or PNG picture begins after the end.
    """
    for magic in _PICTURES + _JPEG_STARTS:
        if data.find(magic, end) >= 0:
            raise ValueError(
                "the file holds more than one picture; save the photograph "
                "alone"
            )


def _other_kind(data: bytes) -> str:
    names = [n for magic, n in _OTHER_KINDS.items() if data.startswith(magic)]
    if data[4:8] == b"ftyp":
        names = ["a HEIC, AVIF or video file"]
    elif data[128:132] == b"DICM":
        names = ["a DICOM file"]
    return f"{names[0]}, " if names else ""
