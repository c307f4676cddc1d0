"""Backup and restore of one installation: four databases, evidence, heads and keys."""
