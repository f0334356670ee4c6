"""Checks of how the input of a request is validated."""
