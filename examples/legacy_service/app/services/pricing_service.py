def round_price(price_cents: int) -> int:
    """Round to five cents, as the tills do."""
    return 5 * round(price_cents / 5)
