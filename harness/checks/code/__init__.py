"""Checks of the code itself: that it is there, that it is whole, that it does what it says."""
