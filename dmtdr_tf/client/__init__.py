"""Sends photographs to a server."""
