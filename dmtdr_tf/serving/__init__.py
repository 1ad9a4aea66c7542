"""Serves an exported model over gRPC and REST, as TensorFlow Serving does."""

from dmtdr_tf.serving.server_options import ServerOptions
from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["ServerOptions", "ServingError"]
