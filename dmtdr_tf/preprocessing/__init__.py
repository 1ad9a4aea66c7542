"""From a photograph to the input of a model."""

from dmtdr_tf.preprocessing.field_of_view import FieldOfView, NoFieldOfViewError
from dmtdr_tf.preprocessing.prepare import PreparedPhotograph, prepare
from dmtdr_tf.preprocessing.quality import Quality, UngradablePhotographError
from dmtdr_tf.preprocessing.reading import (
    UnreadablePhotographError,
    read_photograph,
)

__all__ = [
    "FieldOfView",
    "NoFieldOfViewError",
    "PreparedPhotograph",
    "Quality",
    "UngradablePhotographError",
    "UnreadablePhotographError",
    "prepare",
    "read_photograph",
]
