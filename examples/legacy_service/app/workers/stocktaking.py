"""Compares what is counted with what is booked."""

from app.repositories.stock import StockLevels


def differences(counted: dict[str, int]) -> dict[str, int]:
    """Return by how much each count differs from the books."""
    booked = StockLevels.booked()
    return {sku: number - booked.get(sku, 0) for sku, number in counted.items()}
