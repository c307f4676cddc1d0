"""Reads a published self-evaluation form by its layout: which cell says what."""
