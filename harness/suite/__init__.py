"""YAML and agent files in, frozen cases out."""
