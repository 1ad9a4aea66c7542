"""The one way from a photograph to what a model reads."""

import dataclasses
import os

import numpy as np

from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import constants
from dmtdr_tf.preprocessing.cropping import crop_photograph
from dmtdr_tf.preprocessing.field_of_view import (
    FieldOfView,
    NoFieldOfViewError,
    find_field_of_view,
    reduce_frame,
)
from dmtdr_tf.preprocessing.model_input import model_input
from dmtdr_tf.preprocessing.quality import (
    Quality,
    UngradablePhotographError,
    check_quality,
    measure_quality,
)
from dmtdr_tf.preprocessing.reading import read_photograph

__all__ = ["PreparedPhotograph", "prepare"]


@dataclasses.dataclass(frozen=True)
class PreparedPhotograph:
    """A photograph with its field of view and its quality.

    Args:
        photograph: uint8 `[H, W, 3]`, RGB, upright.
        field_of_view: The square around the retina.
        quality: The photograph's measures.
    """

    photograph: np.ndarray
    field_of_view: FieldOfView
    quality: Quality

    def crop(self, size: int) -> np.ndarray:
        """Crops to the field of view's square.

        Args:
            size: Side of the result, in pixels.

        Returns:
            uint8 `[size, size, 3]`.
        """
        return crop_photograph(self.photograph, self.field_of_view, size)

    def model_input(
        self, low_res_size: int, high_res_size: int
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Crops and reduces the photograph to a model's input.

        Args:
            low_res_size: Side of the model's input.
            high_res_size: Side of its output.

        Returns:
            The low-resolution photograph `[h, w, 3]` and the high-resolution
            one `[H, W, 3]` it was reduced from, float32 in [0, 1]; None for
            the latter where the photograph is too small for one.
        """
        return model_input(
            self.photograph, self.field_of_view, low_res_size, high_res_size
        )


def prepare(
    photograph: str | os.PathLike[str] | np.ndarray,
    quality: QualityConfig | None = None,
) -> PreparedPhotograph:
    """Reads a photograph, finds its field of view and measures its quality.

    Prediction, parity, the calibration of int8, the client and the
    preparation of data sets all call this function.

    Args:
        photograph: A JPEG, PNG or TIFF file, or uint8 `[H, W, 3]`, RGB.
        quality: Thresholds below which a photograph is refused; None refuses
            none.

    Returns:
        The photograph with its field of view and quality.

    Raises:
        UnreadablePhotographError: The file cannot be read.
        NoFieldOfViewError: The photograph shows no retina.
        NoFundusPhotographError: It is not one whole fundus photograph in
            color, by the thresholds of `quality`.
        UngradablePhotographError: It is below a threshold of `quality`.
        UserError: The array is not uint8 `[H, W, 3]`.

        The message starts with the file's path where there is one.

    Example:
        >>> import cv2
        >>> photograph = np.zeros((100, 150, 3), np.uint8)
        >>> _ = cv2.circle(photograph, (75, 50), 40, (180, 90, 40), -1)
        >>> prepared = prepare(photograph)
        >>> prepared.field_of_view.side
        83
        >>> prepared.crop(32).shape
        (32, 32, 3)
        >>> low_res, high_res = prepared.model_input(16, 64)
        >>> low_res.shape, high_res.shape
        ((16, 16, 3), (64, 64, 3))
    """
    if isinstance(photograph, np.ndarray):
        _check_pixels(photograph)
        return _prepare(photograph, quality)
    path = os.fspath(photograph)
    try:
        return _prepare(read_photograph(path), quality)
    except NoFieldOfViewError as error:
        raise NoFieldOfViewError(f"{path}: {error}") from None
    except UngradablePhotographError as error:
        message = f"{path}: {error}"
        raise type(error)(message, error.quality) from None


def _check_pixels(pixels: np.ndarray) -> None:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise UserError(
            f"must be uint8 [H, W, 3], not {pixels.dtype} {list(pixels.shape)}",
            argument="photograph",
        )


def _prepare(
    pixels: np.ndarray, thresholds: QualityConfig | None
) -> PreparedPhotograph:
    reduced = reduce_frame(pixels, constants.SEARCH_SIDE)
    field_of_view = find_field_of_view(pixels, reduced)
    quality = measure_quality(pixels, field_of_view, reduced)
    if thresholds:
        check_quality(quality, thresholds)
    return PreparedPhotograph(pixels, field_of_view, quality)
