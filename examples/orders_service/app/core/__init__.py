"""What every layer stands on: database, broker, cache, security, logging."""
