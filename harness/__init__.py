"""The agent prompt harness: an agent file is a specification; test whether the prompt obeys it."""

__version__ = "0.1.0"
