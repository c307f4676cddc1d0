"""Sharing that can be proved: one record encoding, the package, and its stand-alone verifier."""
