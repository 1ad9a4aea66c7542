"""From a photograph to the input of a model."""

from dmtdr_tf.preprocessing.cropping import crop_mask, crop_photograph, uncrop
from dmtdr_tf.preprocessing.field_of_view import (
    FieldOfView,
    NoFieldOfViewError,
    find_field_of_view,
)
from dmtdr_tf.preprocessing.prepare import PreparedPhotograph, prepare
from dmtdr_tf.preprocessing.quality import (
    NoFundusPhotographError,
    Quality,
    UngradablePhotographError,
    check_quality,
    measure_quality,
)
from dmtdr_tf.preprocessing.reading import (
    UnreadablePhotographError,
    read_mask,
    read_photograph,
)

__all__ = [
    "FieldOfView",
    "NoFieldOfViewError",
    "NoFundusPhotographError",
    "PreparedPhotograph",
    "Quality",
    "UngradablePhotographError",
    "UnreadablePhotographError",
    "check_quality",
    "crop_mask",
    "crop_photograph",
    "find_field_of_view",
    "measure_quality",
    "prepare",
    "read_mask",
    "read_photograph",
    "uncrop",
]
