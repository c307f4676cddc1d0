"""Engines, units of work, migrations, bulk loading, the embedded server."""
