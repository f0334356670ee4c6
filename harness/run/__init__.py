"""Runs: plan the wanted calls, take what is stored, ask for the rest, bounded and crash-safe."""
