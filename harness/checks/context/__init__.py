"""Checks of how an answer treats the project that it is written for."""
