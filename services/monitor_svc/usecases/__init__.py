"""The acts of this service, one file each."""
