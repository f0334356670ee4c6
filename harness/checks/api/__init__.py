"""Checks of the interface that an answer offers to its callers."""
