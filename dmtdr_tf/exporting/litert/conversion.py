"""Converts a SavedModel of static shapes to a LiteRT model."""

import re
import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from dmtdr_tf.exporting.litert.file import operators, outputs

__all__ = ["INTEGER", "convert", "quantize"]

# The results that are computed in int8, by name: those of the super-resolver
# and the segmenter, which take most of the time, except for the sum of bicubic
# photograph and residual, the segmenter's first level, which sees faint lesions
# as differences of a few in 255, and the sum of the intermediate maps. The
# grader and its backward pass stay in float.
INTEGER = (
    r"^(?!.*/(bicubic|super_resolution|encoder_1|combination)_?\d*/)"
    r"(super_resolver|segmenter)_?\d*/"
)


def convert(
    saved_model: str, quantization: str, photographs: Sequence[np.ndarray] = ()
) -> bytes:
    """Converts a SavedModel to built-in operators with float input and output.

    Args:
        saved_model: Its folder.
        quantization: Of `QUANTIZATIONS`. `"float16"` stores the weights in
            half the bytes, `"dynamic"` in a quarter; `"int8"` also computes
            with integers, except where the answer is sensitive to it.
        photographs: Low-resolution photographs `[1, h, w, 3]` float32 in
            [0, 1], to calibrate `"int8"` with.

    Returns:
        The content of a `.tflite` file.

    Raises:
        RuntimeError: The model has an operator that LiteRT lacks.
    """
    converter = _converter(saved_model)
    if quantization == "int8":
        content = quantize(saved_model, photographs)
    else:
        if quantization != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantization == "float16":
            converter.target_spec.supported_types = [tf.float16]
        content = converter.convert()
    _check(content)
    return content


def _converter(saved_model: str) -> tf.lite.TFLiteConverter:
    converter = tf.lite.TFLiteConverter.from_saved_model(saved_model)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    return converter


def quantize(
    saved_model: str, photographs: Sequence[np.ndarray], parts: str = INTEGER
) -> bytes:
    """Quantizes to int8 by calibration with the converter.

    Args:
        saved_model: Its folder.
        photographs: Low-resolution photographs `[1, h, w, 3]` float32 in
            [0, 1].
        parts: Regular expression that matches the names of the results to
            compute in int8.

    Returns:
        The content of a `.tflite` file.
    """
    names = outputs(_converter(saved_model).convert())
    converter = _converter(saved_model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
        tf.lite.OpsSet.TFLITE_BUILTINS,
    ]

    def representative() -> Iterator[list[np.ndarray]]:
        for photograph in photographs:
            yield [photograph]

    converter.representative_dataset = representative
    with warnings.catch_warnings():
        # It runs the old interpreter once, which warns of its deprecation.
        warnings.simplefilter("ignore", UserWarning)
        # The converter's own way to leave operators in float.
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter,
            debug_dataset=representative,
            debug_options=tf.lite.experimental.QuantizationDebugOptions(
                denylisted_nodes=[
                    name for name in names if not re.search(parts, name)
                ]
            ),
        )
    return debugger.get_nondebug_quantized_model()


def _check(content: bytes) -> None:
    """Refuses operators that a plain LiteRT runtime cannot run."""
    lacking = sorted(
        name
        for name in operators(content)
        if name.startswith("CUSTOM") or name == "VAR_HANDLE"
    )
    if lacking:
        raise RuntimeError(f"LiteRT has no operators {', '.join(lacking)}")
