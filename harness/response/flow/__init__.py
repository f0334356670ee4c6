"""Programs of several languages in one form: statements and expressions with resolved names."""
