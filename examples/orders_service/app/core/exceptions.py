"""The exceptions of the domain; `app.core.exception_handlers` turns them into responses."""


class GravityException(Exception):
    """Base exception for all Gravity services."""


class ResourceNotFoundException(GravityException):
    """Raised when a resource is not found."""


class CustomerNotFoundException(ResourceNotFoundException):
    """Raised when no customer has the given ID."""

    def __init__(self, customer_id: int) -> None:
        super().__init__(f"Customer with ID {customer_id} not found")


class OrderNotFoundException(ResourceNotFoundException):
    """Raised when no order has the given ID."""

    def __init__(self, order_id: int) -> None:
        super().__init__(f"Order with ID {order_id} not found")


class DuplicateResourceException(GravityException):
    """Raised when trying to create a duplicate resource."""


class ValidationException(GravityException):
    """Raised when a well-formed request breaks a business rule."""


class AuthenticationException(GravityException):
    """Raised when it is not known who is asking."""


class AuthorizationException(GravityException):
    """Raised when it is known who is asking, and the answer is no."""


class OrderStateException(GravityException):
    """Raised when an order is too far along, or not far enough, for what is asked."""


class ServiceUnavailableException(GravityException):
    """Raised when something that the service depends on cannot be reached."""
