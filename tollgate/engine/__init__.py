"""Runs rules over artifacts: selection, suppression, fixes, caches."""
