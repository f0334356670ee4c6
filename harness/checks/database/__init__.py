"""Checks of the database design: indexes, relations, and whether the schema is shown as a whole."""
