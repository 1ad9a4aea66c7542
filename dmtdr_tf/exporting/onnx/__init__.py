"""Exports ONNX files."""
