"""What a service promises to those who call it."""
