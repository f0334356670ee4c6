"""The commands, one file each. Heavy packages are imported inside the commands that need them."""
