class GravityException(Exception):
    """Root."""


class ResourceNotFoundException(GravityException):
    """Not there."""


class OrderNotFoundException(ResourceNotFoundException):
    """No such order."""


class DuplicateResourceException(GravityException):
    """There already."""
