"""What the four services have in common: the frame they stand on, none of their business rules."""
