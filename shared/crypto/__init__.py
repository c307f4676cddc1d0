"""Digests, signatures and keys, each named by algorithm and id."""
