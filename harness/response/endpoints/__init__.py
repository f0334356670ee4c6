"""Endpoints of the frameworks that the Express route graph does not read, in one form for all of them."""
