"""Event types, their schemas and their envelope."""
