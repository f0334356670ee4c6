"""Checks of what a program does when something goes wrong."""
