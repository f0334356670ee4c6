"""The vocabulary that every stage shares: types, errors, canonical JSON, files, configuration."""
