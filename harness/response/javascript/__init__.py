"""JavaScript and TypeScript: syntax, scopes, modules and values of all blocks of a response."""
