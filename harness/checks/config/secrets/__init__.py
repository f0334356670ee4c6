"""Secrets that stand in programs and configuration: by name, by place, by shape."""
