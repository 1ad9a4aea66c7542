"""Draws lesions and evidence over photographs."""
