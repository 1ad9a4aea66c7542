"""The precisions that a LiteRT file can have."""

__all__ = ["QUANTIZATIONS"]

QUANTIZATIONS = ("float32", "float16", "dynamic", "int8")
