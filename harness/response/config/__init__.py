"""What an answer writes as configuration: compose, Docker, environment files, packages, commands."""
