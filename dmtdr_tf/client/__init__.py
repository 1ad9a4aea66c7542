"""Sends photographs to TensorFlow Serving or to `dmtdr serve`."""

from dmtdr_tf.client.answer import Answer
from dmtdr_tf.client.connection import connect
from dmtdr_tf.client.model_client import ModelClient
from dmtdr_tf.client.request_error import RequestError
from dmtdr_tf.client.security import Security
from dmtdr_tf.client.sending import send_photographs

__all__ = [
    "Answer",
    "ModelClient",
    "RequestError",
    "Security",
    "connect",
    "send_photographs",
]
