"""Photographs' files decoded strictly: what is damaged is refused."""
