"""Every service's own copy of the unit directory, which oversight_svc owns and tells by events."""
