"""One file per way to reach a model. Errors become transient or permanent here and nowhere else."""
