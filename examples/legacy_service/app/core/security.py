import hashlib
from datetime import datetime, timedelta

import jwt

from app.config import settings


def hash_password(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


def create_access_token(claims: dict) -> str:
    payload = {**claims, "exp": datetime.utcnow() + timedelta(hours=12)}
    return jwt.encode(payload, settings.JWT_SECRET, algorithm=settings.JWT_ALGORITHM)


def decode_token(token: str) -> dict:
    return jwt.decode(token, settings.JWT_SECRET, algorithms=[settings.JWT_ALGORITHM])


def peek_tenant(token: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    return claims["tenant"]
