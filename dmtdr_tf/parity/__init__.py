"""Compares exported models with the Keras model.

`comparison.compare_exports` does it. It is not re-exported here: the process
that times an ONNX or LiteRT model imports this package, and must not load
TensorFlow.
"""

from dmtdr_tf.parity.limits import LIMITS, Kind, Limits, kind_of

__all__ = ["LIMITS", "Kind", "Limits", "kind_of"]
