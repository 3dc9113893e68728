"""Tables of the service; importing this package registers all of them."""

from app.models.customer import Customer
from app.models.order import Order, OrderItem, OrderStatus
from app.models.user import User, UserRole

__all__ = ["Customer", "Order", "OrderItem", "OrderStatus", "User", "UserRole"]
