"""Writes the part of deploy/k8s that follows from the registry: `python -m services.kubernetes`."""
