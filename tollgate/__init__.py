"""Tollgate: a pre-merge gate for container configuration."""
