"""Passwords and one-time tokens."""

import hashlib
import hmac
import secrets

_SCRYPT = {"n": 2**14, "r": 8, "p": 1}


def hash_password(password: str) -> str:
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT)
    return f"scrypt${salt.hex()}${digest.hex()}"


def verify_password(password: str, stored: str) -> bool:
    _, salt, digest = stored.split("$")
    candidate = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), **_SCRYPT)
    return hmac.compare_digest(candidate.hex(), digest)


def new_reset_token() -> tuple[str, str]:
    """Give a token for the mail and the digest that we keep."""
    token = secrets.token_urlsafe(32)
    return token, digest_token(token)


def digest_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
