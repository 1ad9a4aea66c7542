"""The same preprocessing as TensorFlow operators, for exported models."""

from dmtdr_tf.preprocessing.graph.decoding import decode_photograph
from dmtdr_tf.preprocessing.graph.field_of_view import find_field_of_view
from dmtdr_tf.preprocessing.graph.model_input import model_input_from_bytes
from dmtdr_tf.preprocessing.graph.quality import (
    measure_quality,
    quality_refusal,
)

__all__ = [
    "decode_photograph",
    "find_field_of_view",
    "measure_quality",
    "model_input_from_bytes",
    "quality_refusal",
]
