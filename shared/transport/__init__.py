"""How events reach every subscriber's inbox: within the process, or over RabbitMQ."""
