"""Prompt experiments: variants of an agent file, and which of its lines earn their place."""
