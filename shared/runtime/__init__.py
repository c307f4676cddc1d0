"""How the program runs: units, leases, scheduled acts, settings."""
