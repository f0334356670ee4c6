"""Personal data and secrets on their way into a log, and in the columns of a database."""
