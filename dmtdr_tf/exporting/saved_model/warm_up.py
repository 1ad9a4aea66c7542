"""Writes the requests that TensorFlow Serving warms a model up with."""

import os
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from dmtdr_tf.exporting.signatures import GATE, PHOTOGRAPHS, WITH_GATE

__all__ = ["draw_disc", "write_warm_up"]

# Larger than the size at which the field of view is searched, small as a file.
_SIDE = 640
_RETINA = np.array((180, 90, 40))


def write_warm_up(
    path: str | os.PathLike[str],
    model_name: str,
    low_res_size: int,
    batch_size: int = 1,
) -> None:
    """Writes one request for each signature, as `PredictionLog` records.

    The photographs show a synthetic disc, one as JPEG and one as PNG, so that
    both decoders are warmed up. It is no retina, and thresholds differ between
    models, so the quality gate is open for it.

    Args:
        path: The file, `assets.extra/tf_serving_warmup_requests`.
        model_name: The name that the model is served under.
        low_res_size: Side of the model's input.
        batch_size: Photographs in each request.
    """
    disc = draw_disc(_SIDE)
    shape = (batch_size, low_res_size, low_res_size, 3)
    requests = {
        "serving_default": {"low_res": _gray(shape)},
    }
    for name, suffix in (("serving_bytes", ".jpg"), ("grade_only", ".png")):
        requests[name + WITH_GATE] = {
            PHOTOGRAPHS: _files(disc, suffix, batch_size),
            GATE: tf.make_tensor_proto(False),
        }
    with tf.io.TFRecordWriter(os.fspath(path)) as writer:
        for signature, inputs in requests.items():
            log = prediction_log_pb2.PredictionLog()
            request = log.predict_log.request
            request.model_spec.name = model_name
            request.model_spec.signature_name = signature
            for name, tensor in inputs.items():
                request.inputs[name].CopyFrom(tensor)
            writer.write(log.SerializeToString())


def draw_disc(side: int) -> np.ndarray:
    """Draws a disc that has a field of view, as a fundus photograph does.

    Args:
        side: Rows and columns.

    Returns:
        uint8 `[side, side, 3]`: a disc, darker towards its edge, on black.

    Example:
    >>> draw_disc(64)[32, 32].tolist()
    [180, 90, 40]
    """
    ys, xs = (np.mgrid[:side, :side] + 0.5) / side - 0.5
    distance = np.hypot(xs, ys) / 0.45
    level = np.where(distance <= 1.0, 1.0 - 0.5 * distance**2, 0.0)
    return np.rint(level[..., None] * _RETINA).astype(np.uint8)


def _gray(shape: Sequence[int]) -> Any:
    """A tensor of one value, which the message holds once."""
    tensor = tf.make_tensor_proto(0.0, tf.float32, shape)
    tensor.ClearField("tensor_content")
    tensor.float_val[:] = [0.5]
    return tensor


def _files(photograph: np.ndarray, suffix: str, count: int) -> Any:
    content = cv2.imencode(suffix, photograph[..., ::-1])[1].tobytes()
    return tf.make_tensor_proto([content] * count, tf.string)
