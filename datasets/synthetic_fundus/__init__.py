"""Synthetic fundus photographs with exact lesion masks and grades."""

__all__: list[str] = []
