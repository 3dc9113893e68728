"""Orders service: customers, their orders, and what became of them."""
