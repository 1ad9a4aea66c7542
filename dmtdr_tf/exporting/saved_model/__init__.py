"""Exports a SavedModel for TensorFlow Serving."""

__all__: list[str] = []
