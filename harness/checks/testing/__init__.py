"""Checks of how an answer wants its code tested."""
