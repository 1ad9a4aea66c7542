"""Draws lesions and evidence over photographs."""

from dmtdr_tf.drawing.overlays import (
    color_map,
    draw_lesions,
    overlay_evidence,
    overlay_lesions,
)

__all__ = ["color_map", "draw_lesions", "overlay_evidence", "overlay_lesions"]
