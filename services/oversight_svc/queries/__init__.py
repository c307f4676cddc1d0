"""Reads for the desk, people, policy and calendar pages; nothing here writes."""
