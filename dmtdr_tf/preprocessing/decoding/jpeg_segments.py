"""The segments of a JPEG file, and the same picture in a clean file."""

import dataclasses
import re
import struct

from dmtdr_tf.preprocessing import constants
from dmtdr_tf.preprocessing.decoding.directories import (
    read_directory,
    read_header,
)
from dmtdr_tf.preprocessing.decoding.exif import orientation_of
from dmtdr_tf.preprocessing.decoding.jpeg_coverage import Coverage
from dmtdr_tf.preprocessing.decoding.jpeg_tables import fill_codes

__all__ = ["JpegFile", "parse_jpeg"]

CUT_SHORT = "the JPEG file is cut short; copy it again"
DAMAGED = "the JPEG file is damaged; copy it again"

# A marker in a header; FF 00 and fill bytes are none.
_MARKER = re.compile(rb"\xff([\x01-\xfe])")
# A marker behind a scan's data: restarts belong to the data.
_SCAN_END = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
_SOI, _EOI, _SOS, _DQT, _DHT, _DRI = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
# The tag that counts the pictures of a multi-picture file.
_PICTURES = 0xB001
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = 0xC2
# The largest restart interval.
_MOST_STEPS = 0xFFFF
_WITHOUT_LENGTH = {0x01, _SOI, *range(0xD0, 0xD8)}
# The canonical forms: libjpeg warns of unknown versions and transforms.
_JFIF = b"JFIF\0\1\1\0\0\1\0\1\0\0"
_ADOBE = b"Adobe\0\x64\0\0\0\0"


@dataclasses.dataclass
class JpegFile:
    """What a JPEG file says of its picture.

    Args:
        width: In pixels, as stored.
        height: In pixels, as stored.
        components: 1 for gray, 3 for color.
        orientation: That of EXIF, 1 to 8.
        clean: The same picture in a file without what decoders do not need.
            They report their first warning only, and one about the header
            must not hide one about the pixels.
        filled: The same with all codes of its Huffman tables in use; empty
            where the decoder reports unused codes itself.
    """

    width: int = 0
    height: int = 0
    components: int = 0
    orientation: int = 1
    clean: bytes = b""
    filled: bytes = b""


def parse_jpeg(data: bytes) -> tuple[JpegFile, int]:
    """Walks the segments of a JPEG file up to its end marker.

    Args:
        data: The file's content.

    Returns:
        What it says of its picture, and where its picture ends.

    Raises:
        ValueError: The file is cut short or damaged, of a process that we do
            not decode, holds several pictures, or has too many scans.
    """
    walk = _Walk(data)
    while walk.take_segment():
        pass
    walk.coverage.check()
    walk.file.clean = b"".join([*walk.parts, b"\xff\xd9"])
    if walk.is_fast:
        walk.file.filled = walk.filled()
    return walk.file, walk.at


class _Walk:
    """The state between two segments."""

    def __init__(self, data: bytes):
        self.data = data
        self.at = 2
        self.file = JpegFile()
        self.parts = [b"\xff\xd8"]
        # Where in `parts` the Huffman tables are.
        self.tables: list[int] = []
        self.coverage = Coverage()
        self.progressive = False
        # Height and width of what a scan of several components codes at a
        # time, and after how many of them a restart marker comes; 0 for none.
        self.step = (8, 8)
        self.interval = 0
        # Whether libjpeg decodes a scan by its fast path.
        self.is_fast = False
        self.segments = self.scans = 0

    def filled(self) -> bytes:
        """The clean file with all codes of its Huffman tables in use."""
        parts = list(self.parts)
        for index in self.tables:
            content = fill_codes(parts[index])
            parts[index - 1 : index + 1] = [_head(_DHT, content), content]
        return b"".join([*parts, b"\xff\xd9"])

    def take_segment(self) -> bool:
        """Takes the next segment; False if it was the end marker."""
        match = _MARKER.search(self.data, self.at)
        self.segments += 1
        if match is None:
            raise ValueError(CUT_SHORT)
        if self.segments > constants.MAX_JPEG_SEGMENTS:
            raise ValueError(DAMAGED)
        marker, self.at = match[1][0], match.end()
        if marker == _EOI:
            return False
        if marker in _WITHOUT_LENGTH:
            return True
        length = int.from_bytes(self.data[self.at : self.at + 2], "big")
        content = self.data[self.at + 2 : self.at + length]
        self.at += max(2, length)
        if self.at > len(self.data):
            raise ValueError(CUT_SHORT)
        self._take(marker, content)
        return True

    def _take(self, marker: int, content: bytes) -> None:
        if marker in _FRAMES:
            self._take_frame(marker, content)
        elif marker == _SOS:
            self._take_scan(content)
        elif marker in (_DQT, _DHT, _DRI):
            self._add(marker, content)
        elif marker == _APP0 and content.startswith(b"JFIF\0"):
            self._add(marker, _JFIF)
        elif marker == _APP14 and content.startswith(b"Adobe"):
            self._take_adobe(content)
        elif marker == _APP1 and content.startswith(b"Exif\0\0"):
            self.file.orientation = orientation_of(content)
        elif marker == _APP2 and content.startswith(b"MPF\0"):
            _refuse_several(content)

    def _add(self, marker: int, content: bytes) -> None:
        self.parts += [_head(marker, content), content]
        if marker == _DHT:
            self.tables.append(len(self.parts) - 1)
        elif marker == _DRI:
            self.interval = int.from_bytes(content[:2], "big")

    def _take_frame(self, marker: int, content: bytes) -> None:
        if self.file.components or len(content) < 6:
            raise ValueError(DAMAGED)
        bits, height, width, components = struct.unpack_from(">BHHB", content)
        _check_process(marker, bits, components)
        if len(content) != 6 + 3 * components:
            raise ValueError(DAMAGED)
        if not height:
            raise ValueError(
                "the JPEG file does not say its height in its header; save "
                "it again"
            )
        self.file.width, self.file.height = width, height
        self.file.components = components
        self.progressive = marker == _PROGRESSIVE
        self.coverage.start(content[6::3])
        factors = content[7::3]
        self.step = (
            8 * max(1, *(factor & 15 for factor in factors)),
            8 * max(1, *(factor >> 4 for factor in factors)),
        )
        self._add(marker, content)

    def _take_adobe(self, content: bytes) -> None:
        # Shorter ones are ignored by libjpeg too.
        if len(content) >= 12:
            known = content[11] if content[11] <= 2 else 1
            self._add(_APP14, _ADOBE + bytes([known]))

    def _take_scan(self, content: bytes) -> None:
        self.scans += 1
        if self.scans > constants.MAX_JPEG_SCANS:
            raise ValueError(
                f"the JPEG file has more than {constants.MAX_JPEG_SCANS} "
                "scans; save it again"
            )
        count = content[0] if content else 0
        if not self.file.components or len(content) != 4 + 2 * count:
            raise ValueError(DAMAGED)
        if not self.progressive:
            # Some programs write others here, which decoders ignore.
            content = content[:-3] + b"\0\x3f\0"
        first, last, bits = content[-3:]
        self.coverage.add(content[1:-3:2], first, last, bits & 15)
        match = _SCAN_END.search(self.data, self.at)
        if match is None:
            raise ValueError(CUT_SHORT)
        if not self.progressive and not self.interval:
            self._add_interval(count)
        self._add(_SOS, content)
        # Fill bytes belong to the marker.
        scan = self.data[self.at : match.start()].rstrip(b"\xff")
        self.parts.append(scan)
        self.at = match.start()

    def _add_interval(self, components: int) -> None:
        """Announces restarts behind the last step of a scan without any.

        They change no pixel. libjpeg then leaves its fast path, which takes
        an unused Huffman code for a zero and says nothing.
        """
        height, width = self.step if components > 1 else (8, 8)
        rows, columns = (
            -(-self.file.height // height),
            -(-self.file.width // width),
        )
        is_fast = rows * columns > _MOST_STEPS
        self.is_fast |= is_fast
        interval = 0 if is_fast else _MOST_STEPS
        content = interval.to_bytes(2, "big")
        self.parts += [_head(_DRI, content), content]


def _head(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2)


def _check_process(marker: int, bits: int, components: int) -> None:
    reason = None
    if bits != 8:
        reason = f"of {bits} bits"
    elif marker >= 0xC9:
        reason = "with arithmetic coding"
    elif marker > _PROGRESSIVE:
        reason = "lossless or hierarchical"
    elif components not in (1, 3):
        reason = "of CMYK colors" if components == 4 else "of unknown colors"
    if reason:
        raise ValueError(
            f"a JPEG file {reason} cannot be decoded; save it as an ordinary "
            "JPEG or PNG file"
        )


def _refuse_several(content: bytes) -> None:
    """Refuses by the index of a multi-picture file."""
    index = content.removeprefix(b"MPF\0")
    try:
        pictures = read_directory(index, read_header(index)).value(_PICTURES)
    except ValueError:
        return
    if pictures > 1:
        raise ValueError(
            "the file holds more than one picture; save the photograph alone"
        )
