"""The model in a form that LiteRT can compute, and computes fast."""

from dmtdr_tf.exporting.litert.device.model import DeviceModel

__all__ = ["DeviceModel"]
