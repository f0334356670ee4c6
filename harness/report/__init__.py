"""Reports: everything a run found out, as a page, a terminal summary, JSON and CSV."""
