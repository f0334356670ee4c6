"""Run against run: what changed, and can we be sure."""
