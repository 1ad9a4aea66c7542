"""Exports ONNX files."""

__all__: list[str] = []
