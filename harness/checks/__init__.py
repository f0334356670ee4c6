"""Checks: each decides one kind of rule for one response, purely and with evidence."""
