"""Official documents as Word files, from templates that the services keep and people can edit."""
