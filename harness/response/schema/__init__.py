"""The database of a response: tables, keys and queries, whatever language they are written in."""
