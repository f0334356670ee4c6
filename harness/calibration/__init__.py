"""How far to trust what decides: checks held against labelled responses and against systematic mutants."""
