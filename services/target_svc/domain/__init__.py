"""Pure rules of performance targets."""
