"""The main job as functions: prepare, sample, decide, score, write. The command line only adds options."""
