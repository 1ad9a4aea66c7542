"""Exports the browser page, and serves it on this machine."""

from dmtdr_tf.exporting.web.server import make_server
from dmtdr_tf.exporting.web.writer import export_web

__all__ = ["export_web", "make_server"]
