"""Agent files: from the bytes of a markdown file to an :class:`~harness.core.types.Agent`."""
