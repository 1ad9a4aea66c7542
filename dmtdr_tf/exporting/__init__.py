"""Trained models in forms that run without this package."""

from dmtdr_tf.exporting.export import (
    FORMATS,
    ExportOptions,
    default_folder,
    export_run,
)

__all__ = ["FORMATS", "ExportOptions", "default_folder", "export_run"]
