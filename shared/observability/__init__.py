"""What operations see: logs, metrics, trace context."""
