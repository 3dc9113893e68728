"""What the service does when something has happened."""
