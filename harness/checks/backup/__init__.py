"""Checks of what survives a lost database."""
