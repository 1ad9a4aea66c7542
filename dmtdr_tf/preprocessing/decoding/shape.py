"""Refuses a photograph by its width and height, before it is decoded."""

from dmtdr_tf.preprocessing import constants

__all__ = ["check_shape"]


def check_shape(width: int, height: int) -> None:
    """Refuses what is too large or too long.

    Args:
        width: In pixels, as the header says.
        height: In pixels.

    Raises:
        ValueError: There are no pixels, too many, or one side is more than
            four times the other. The crop is a square of the longer side, so
            a long strip would cost the memory of a large photograph.
    """
    if width <= 0 or height <= 0:
        raise ValueError("the file is damaged: its header has no size")
    limit = constants.MAX_FILE_MEGAPIXELS
    if height * width > limit * 1_000_000:
        raise ValueError(
            f"{width} x {height} pixels are more than the {limit} megapixels "
            "we read; reduce it first"
        )
    ratio = constants.MAX_ASPECT_RATIO
    if max(width, height) > ratio * min(width, height):
        raise ValueError(
            f"{width} x {height} pixels are a strip, not a photograph: one "
            f"side is more than {ratio} times the other"
        )
