"""The sample store and the manifests of runs: what was asked, what was answered, in which run it was used."""
