"""Services and repositories: how they are built, and what they know of each other and of HTTP."""
