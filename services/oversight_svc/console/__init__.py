"""Pages of this service, thin."""
