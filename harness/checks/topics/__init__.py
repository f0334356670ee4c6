"""Checks of what an answer has to discuss: performance, deployment, monitoring, growth."""
