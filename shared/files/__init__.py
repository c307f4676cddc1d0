"""Evidence files: stored by content, told apart by content."""
