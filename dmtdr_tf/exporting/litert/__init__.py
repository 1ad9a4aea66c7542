"""Exports LiteRT files for devices."""

from dmtdr_tf.exporting.litert.quantizations import QUANTIZATIONS

__all__ = ["QUANTIZATIONS"]
