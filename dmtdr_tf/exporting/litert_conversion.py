"""From a SavedModel of static shapes to a LiteRT model's bytes."""

import re
from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from dmtdr_tf.exporting.litert_file import operators, outputs

QUANTISATIONS = ("float32", "float16", "dynamic", "int8")

# What computes in int8, by the names of its results: the three networks...
_INTEGER = re.compile(r"(super_resolver|segmenter|backbone)_?\d*/")
# ... without the sum of the residual and the bicubic photograph, and that of
# the intermediate lesion maps. The grader's head, the probabilities and the
# evidence's backward pass stay in float too.
_FLOAT = re.compile(r"/(bicubic|super_resolution|combination)_?\d*/")


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
        content = _int8(saved_model, photographs)
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


def _int8(saved_model: str, photographs: Sequence[np.ndarray]) -> bytes:
    """Quantises after calibration, all but the sensitive parts."""
    sensitive = [
        name
        for name in outputs(_converter(saved_model).convert())
        if not _INTEGER.match(name) or _FLOAT.search(name)
    ]
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
    # The converter's own door to leaving operators in float.
    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=converter,
        debug_dataset=representative,
        debug_options=tf.lite.experimental.QuantizationDebugOptions(
            denylisted_nodes=sensitive
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
