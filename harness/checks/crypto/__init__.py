"""Encryption in transit and at rest."""
