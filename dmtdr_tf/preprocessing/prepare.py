"""The one way from a photograph to what a model reads."""

import dataclasses
import os

import numpy as np

from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.preprocessing.field_of_view import (
    FieldOfView,
    NoFieldOfViewError,
    crop_photograph,
    find_field_of_view,
)
from dmtdr_tf.preprocessing.model_input import model_input
from dmtdr_tf.preprocessing.quality import (
    Quality,
    check_quality,
    measure_quality,
)
from dmtdr_tf.preprocessing.reading import read_photograph

__all__ = ["PreparedPhotograph", "prepare"]


@dataclasses.dataclass(frozen=True)
class PreparedPhotograph:
    """A photograph that was read, located and measured.

    Args:
        photograph: uint8 `[H, W, 3]`, RGB, upright.
        field_of_view: Where the retina is in it.
        quality: Its measures.
    """

    photograph: np.ndarray
    field_of_view: FieldOfView
    quality: Quality

    def crop(self, size: int) -> np.ndarray:
        """Crops to the field of view's square.

        Args:
            size: Side of the result.

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
    preparation of data sets all go this way.

    Args:
        photograph: A file, or uint8 `[H, W, 3]` RGB.
        quality: The thresholds below which a photograph is refused; None
            refuses none.

    Returns:
        The photograph with its field of view and quality.

    Raises:
        UnreadablePhotographError: The file cannot be read.
        NoFieldOfViewError: The photograph shows no retina.
        UngradablePhotographError: It is below a threshold of `quality`.
    """
    if isinstance(photograph, np.ndarray):
        return _prepare(photograph, quality)
    try:
        return _prepare(read_photograph(photograph), quality)
    except NoFieldOfViewError as error:
        raise NoFieldOfViewError(f"{os.fspath(photograph)}: {error}") from None


def _prepare(
    pixels: np.ndarray, thresholds: QualityConfig | None
) -> PreparedPhotograph:
    field_of_view = find_field_of_view(pixels)
    quality = measure_quality(pixels, field_of_view)
    if thresholds:
        check_quality(quality, thresholds)
    return PreparedPhotograph(pixels, field_of_view, quality)
