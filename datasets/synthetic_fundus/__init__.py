"""Procedural fundus photographs with exact lesion masks and grades."""
