"""Checks of configuration: one orchestration, no conflicts, values from the environment."""
