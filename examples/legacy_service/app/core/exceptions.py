from fastapi import HTTPException, status


class GravityException(Exception):
    """Base exception for all Gravity services."""


class ResourceNotFoundException(GravityException):
    """Raised when a resource is not found."""


class DuplicateResourceException(GravityException):
    """Raised when trying to create a duplicate resource."""


class AuthenticationException(GravityException):
    """Raised when authentication fails."""


class InsufficientStockException(GravityException):
    """Raised when more is reserved than lies in the warehouse."""


class SupplierTimeout(Exception):
    def __init__(self, supplier_id):
        self.supplier_id = supplier_id
        super().__init__(f"supplier {supplier_id} did not answer")


class QuotaExceeded(HTTPException):
    """Too many reservations of one tenant."""

    def __init__(self) -> None:
        super().__init__(status_code=status.HTTP_429_TOO_MANY_REQUESTS, detail="Quota exceeded")
