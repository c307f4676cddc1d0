"""Reads for pages, lists and exports; nothing here writes."""
