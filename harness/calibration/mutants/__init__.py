"""Systematic mutants of labelled responses: edits of trees whose right verdict is known beforehand."""
