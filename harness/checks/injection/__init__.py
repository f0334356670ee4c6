"""Injection into queries."""
