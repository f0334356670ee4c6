"""Pure functions on numbers: intervals and scores. No I/O, no clock, no global random state."""
