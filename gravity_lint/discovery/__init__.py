"""Which services lie below the named paths, and how pytest is configured in them."""
