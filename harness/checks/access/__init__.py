"""Checks on who may reach an endpoint, and how often."""
