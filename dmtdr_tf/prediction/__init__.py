"""Grades photographs and measures what was found."""
