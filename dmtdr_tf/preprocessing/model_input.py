"""The model's input, computed from a photograph of any size."""

import numpy as np

from dmtdr_tf.preprocessing.cropping import crop_photograph
from dmtdr_tf.preprocessing.field_of_view import FieldOfView

__all__ = ["model_input"]


def model_input(
    photograph: np.ndarray,
    field_of_view: FieldOfView,
    low_res_size: int,
    high_res_size: int,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Crops a photograph to its field of view and reduces it.

    A photograph that is large enough is reduced like the training data: by
    area averaging to the high-resolution size, then by the antialiased bicubic
    filter. A smaller one is resized to the model's input size at once.

    Args:
        photograph: uint8 `[H, W, 3]`, RGB.
        field_of_view: Its field of view.
        low_res_size: Side of the model's input.
        high_res_size: Side of its output.

    Returns:
        The low-resolution photograph `[h, w, 3]` and the high-resolution one
        `[H, W, 3]` that it was reduced from, float32 in [0, 1]; None for the
        latter where the photograph is too small for one.
    """
    if field_of_view.side < high_res_size:
        cropped = crop_photograph(photograph, field_of_view, low_res_size)
        return cropped.astype(np.float32) / 255.0, None
    cropped = crop_photograph(photograph, field_of_view, high_res_size)
    high_res = cropped.astype(np.float32) / 255.0
    # Imported here: who reads and measures photographs needs no TensorFlow.
    from dmtdr_tf.preprocessing.degradation import low_resolution

    scale = high_res_size // low_res_size
    return low_resolution(high_res, scale).numpy(), high_res
