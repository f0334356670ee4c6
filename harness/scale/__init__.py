"""Past one machine: partitions of stored answers, decided by a pool of processes or by a cluster."""
