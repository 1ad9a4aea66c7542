"""Writes the requests that TensorFlow Serving warms a model up with."""

import os
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from dmtdr_tf.config import QualityConfig
from dmtdr_tf.exporting.signatures import GATE, WITH_GATE
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing.prepare import prepare
from dmtdr_tf_datasets.synthetic_fundus.eye import sample_eye
from dmtdr_tf_datasets.synthetic_fundus.rendering import photograph

__all__ = ["draw_eye", "write_warm_up"]

# Larger than the size at which the field of view is searched, small as a file.
_SIDE = 520


def write_warm_up(
    path: str | os.PathLike[str],
    model_name: str,
    low_res_size: int,
    batch_size: int = 1,
    quality: QualityConfig | None = None,
) -> None:
    """Writes one request for each signature, as `PredictionLog` records.

    The photographs show a drawn eye, one as JPEG and one as PNG, so that both
    decoders are warmed up.

    Args:
        path: The file, `assets.extra/tf_serving_warmup_requests`.
        model_name: The name that the model is served under.
        low_res_size: Side of the model's input.
        batch_size: Photographs in each request.
        quality: The model's thresholds; if they refuse the drawn eye, the
            requests open the gate, because a model whose warm-up fails is not
            served.
    """
    eye = draw_eye(_SIDE)
    shape = (batch_size, low_res_size, low_res_size, 3)
    requests = {"serving_default": {"low_res": _gray(shape)}}
    opened = _is_refused(eye, quality)
    for name, suffix in (("serving_bytes", ".jpg"), ("grade_only", ".png")):
        inputs = {"photograph_bytes": _files(eye, suffix, batch_size)}
        if opened:
            inputs[GATE] = tf.make_tensor_proto(False)
        requests[name + WITH_GATE if opened else name] = inputs
    with tf.io.TFRecordWriter(os.fspath(path)) as writer:
        for signature, inputs in requests.items():
            log = prediction_log_pb2.PredictionLog()
            request = log.predict_log.request
            request.model_spec.name = model_name
            request.model_spec.signature_name = signature
            for name, tensor in inputs.items():
                request.inputs[name].CopyFrom(tensor)
            writer.write(log.SerializeToString())


def draw_eye(side: int) -> np.ndarray:
    """Draws an eye that passes the default quality gate.

    Args:
        side: Rows and columns.

    Returns:
        uint8 `[side, side, 3]`, RGB.

    Example:
    >>> prepare(draw_eye(128), QualityConfig()).field_of_view.height
    128
    """
    return photograph(sample_eye(0, "test", 0), side)


def _is_refused(eye: np.ndarray, quality: QualityConfig | None) -> bool:
    try:
        prepare(eye, quality)
    except UserError:
        return True
    return False


def _gray(shape: Sequence[int]) -> Any:
    """A tensor of one value, which the message holds once."""
    tensor = tf.make_tensor_proto(0.0, tf.float32, shape)
    tensor.ClearField("tensor_content")
    tensor.float_val[:] = [0.5]
    return tensor


def _files(photograph: np.ndarray, suffix: str, count: int) -> Any:
    content = cv2.imencode(suffix, photograph[..., ::-1])[1].tobytes()
    return tf.make_tensor_proto([content] * count, tf.string)
