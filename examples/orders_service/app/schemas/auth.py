"""Schemas of users and their tokens."""

from pydantic import BaseModel, ConfigDict, EmailStr, Field, field_validator

from app.models.user import UserRole


class UserRegister(BaseModel):
    """What a new user tells about themselves."""

    email: EmailStr = Field(..., description="Address that the user logs in with")
    full_name: str = Field(..., min_length=1, max_length=200, description="Name to show")
    password: str = Field(..., min_length=10, max_length=128, description="Password to be")

    @field_validator("password")
    @classmethod
    def reject_repetition(cls, password: str) -> str:
        """Refuse passwords such as ``aaaaaaaaaa``."""
        if len(set(password)) < 4:
            raise ValueError("password has too few different characters")
        return password


class UserLogin(BaseModel):
    """Credentials of a user."""

    email: EmailStr = Field(..., description="Address that the user registered")
    password: str = Field(..., description="Password of the user")


class UserRead(BaseModel):
    """A user, as the API shows them."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(..., description="ID of the user")
    email: EmailStr = Field(..., description="Address that the user logs in with")
    full_name: str = Field(..., description="Name to show")
    role: UserRole = Field(..., description="What the user may do")


class AccessToken(BaseModel):
    """Token that a login gives."""

    access_token: str = Field(..., description="Value for the bearer header")
    token_type: str = Field("bearer", description="Scheme of the token")
