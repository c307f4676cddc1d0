"""The only folder that knows pika and kombu."""
