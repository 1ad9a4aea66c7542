"""Exports the browser page."""
