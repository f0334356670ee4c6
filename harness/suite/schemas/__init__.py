"""The published JSON Schemas of the dataset files, generated from ``harness.suite.schema``."""
