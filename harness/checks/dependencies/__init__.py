"""Checks of the packages and base images that an answer names."""
