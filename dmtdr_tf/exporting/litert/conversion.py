"""From a SavedModel of static shapes to a LiteRT model's bytes."""

import re
import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from dmtdr_tf.exporting.litert.file import operators, outputs

QUANTISATIONS = ("float32", "float16", "dynamic", "int8")

# What computes in int8, by the names of its results: super-resolver and
# segmenter, where the time goes, without the sum of bicubic photograph and
# residual, the segmenter's first level, which sees faint lesions as
# differences of few in 255, and the sum of the intermediate maps. The grader
# and its way back stay in float.
INTEGER = (
    r"^(?!.*/(bicubic|super_resolution|encoder_1|combination)_?\d*/)"
    r"(super_resolver|segmenter)_?\d*/"
)


def convert(
    saved_model: str, quantisation: str, photographs: Sequence[np.ndarray] = ()
) -> bytes:
    """Converts a SavedModel to built-in operators, floats in and out.

    Args:
        saved_model: Its folder.
        quantisation: Of `QUANTISATIONS`. `"float16"` stores the weights in
            half the bytes, `"dynamic"` in a quarter, `"int8"` computes with
            integers too, but for what the answer is sensitive to.
        photographs: Low-resolution photographs `[1, h, w, 3]` float32 in
            [0, 1]; for `"int8"`.

    Returns:
        The content of a `.tflite` file.

    Raises:
        RuntimeError: The model has an operator that LiteRT lacks.
    """
    converter = _converter(saved_model)
    if quantisation == "int8":
        content = quantise(saved_model, photographs)
    else:
        if quantisation != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantisation == "float16":
            converter.target_spec.supported_types = [tf.float16]
        content = converter.convert()
    _check(content)
    return content


def _converter(saved_model: str) -> tf.lite.TFLiteConverter:
    converter = tf.lite.TFLiteConverter.from_saved_model(saved_model)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    return converter


def quantise(
    saved_model: str, photographs: Sequence[np.ndarray], parts: str = INTEGER
) -> bytes:
    """Quantises to int8 by calibration, as the converter does it.

    Args:
        saved_model: Its folder.
        photographs: Low-resolution photographs `[1, h, w, 3]` float32 in
            [0, 1].
        parts: Pattern of the results, by name, that become int8.

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
        # It runs the old interpreter once, which says that it is old.
        warnings.simplefilter("ignore", UserWarning)
        # The converter's own door to leaving operators in float.
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
    """Refuses what a plain LiteRT runtime cannot run."""
    lacking = sorted(
        name
        for name in operators(content)
        if name.startswith("CUSTOM") or name == "VAR_HANDLE"
    )
    if lacking:
        raise RuntimeError(f"not LiteRT's own operators: {', '.join(lacking)}")
