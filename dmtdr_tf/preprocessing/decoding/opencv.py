"""All samples of a picture, by OpenCV."""

import cv2
import numpy as np

__all__ = ["decode_samples"]

# A damaged TIFF makes OpenCV print five lines; ours is one, with the path.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

_TO_RGB = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}


def decode_samples(data: bytes) -> np.ndarray:
    """Decodes a picture as stored: all bits, all channels, not turned.

    Args:
        data: The file's content.

    Returns:
        uint8 or uint16 `[H, W, C]`: gray, RGB or RGBA.

    Raises:
        ValueError: OpenCV cannot decode it.
    """
    try:
        pixels = cv2.imdecode(
            np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED
        )
    except cv2.error:
        pixels = None
    if pixels is None or not pixels.size:
        raise ValueError(
            "the file is damaged, or of a kind we cannot decode; copy it "
            "again, or save it as JPEG or PNG"
        )
    if pixels.dtype not in (np.uint8, np.uint16):
        raise ValueError("only pictures of 8 or 16 bits can be read")
    if pixels.ndim == 2:
        return pixels[..., None]
    return cv2.cvtColor(pixels, _TO_RGB[pixels.shape[-1]])
