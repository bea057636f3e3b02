"""BLAKE2 without OpenSSL, which `hashlib` loads first: that takes a quarter of an empty Python's start."""

from __future__ import annotations

__all__ = ["blake2b"]

try:
    from _blake2 import blake2b  # CPython's own module, the one that hashlib takes it from
except ImportError:
    from hashlib import blake2b
