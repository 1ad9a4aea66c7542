"""Runs a model in any exported form."""
