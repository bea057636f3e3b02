"""Image references and the patterns that policies hold them against."""

from __future__ import annotations

from tollgate.model.image_pattern import ImagePattern, compile_pattern, matches
from tollgate.model.image_reference import DOCKER_HUB, ImageReference, parse_image, why_no_image

__all__ = [
    "DOCKER_HUB",
    "ImagePattern",
    "ImageReference",
    "compile_pattern",
    "matches",
    "parse_image",
    "why_no_image",
]
