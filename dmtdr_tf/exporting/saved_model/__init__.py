"""Exports a SavedModel for TensorFlow Serving."""
