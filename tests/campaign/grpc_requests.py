"""gRPC requests: good, wrong and damaged ones."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from campaign.mutations import MUTATIONS
from campaign.server import MODEL
from tensorflow_serving.apis import predict_pb2

__all__ = ["GRPC_REQUESTS"]

Random = np.random.Generator


def _request(tensor: Any, signature: str = "grade_only", model: str = MODEL):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    request.model_spec.signature_name = signature
    request.inputs["photograph_bytes"].CopyFrom(tf.make_tensor_proto(tensor))
    return request


def _lying_shape(rng: Random, photo: bytes) -> Any:
    request = _request([photo])
    shape = request.inputs["photograph_bytes"].tensor_shape
    shape.dim[0].size = int(rng.choice([-1, 2, 10**9, 2**62]))
    return request


def _damaged(rng: Random, photo: bytes) -> Any:
    kinds = ("cut", "garbage", "header byte", "huge dimensions")
    kind = kinds[int(rng.integers(len(kinds)))]
    return _request([MUTATIONS[kind](rng, photo)])


# What is sent, and whether the answer must be the grade.
GRPC_REQUESTS: dict[str, tuple[Callable[[Random, bytes], Any], bool]] = {
    "good": (lambda rng, photo: _request([photo]), True),
    "damaged photograph": (_damaged, False),
    "other model": (lambda rng, photo: _request([photo], model="no"), False),
    "other signature": (lambda rng, photo: _request([photo], "no"), False),
    "numbers": (lambda rng, photo: _request([1.0, 2.0]), False),
    "no photograph": (
        lambda rng, photo: _request(tf.constant([], tf.string)),
        False,
    ),
    "two axes": (lambda rng, photo: _request([[photo]]), False),
    "lying shape": (_lying_shape, False),
    "empty": (lambda rng, photo: predict_pb2.PredictRequest(), False),
}
