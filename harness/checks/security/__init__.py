"""Checks of security as a whole."""
