"""Exports LiteRT files for devices."""
