"""Readers: bytes of a file to an artifact with exact places."""
