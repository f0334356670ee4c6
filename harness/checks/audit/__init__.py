"""Checks of the audit trail: who did what to which thing, and when."""
