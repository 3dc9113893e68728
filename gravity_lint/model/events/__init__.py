"""The broker, its events, and the addresses of what a service talks to."""
