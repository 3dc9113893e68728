"""Users of the API."""

from enum import Enum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class UserRole(str, Enum):
    """What a user may do: admins also delete."""

    STAFF = "staff"
    ADMIN = "admin"


class User(Base):
    """Somebody who may log in."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(String(320), unique=True)
    full_name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[UserRole] = mapped_column(default=UserRole.STAFF)
    is_active: Mapped[bool] = mapped_column(default=True)
