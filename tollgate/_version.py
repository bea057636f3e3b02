"""The version, in the one place that packaging, reports and caches read it from."""

__version__ = "0.1.0"
