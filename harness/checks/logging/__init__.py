"""Checks on how the server code logs."""
