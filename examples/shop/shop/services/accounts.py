"""Signing up, resetting passwords, leaving."""

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.models import Address, ApiClient, PasswordReset, Profile, User
from shop.security import digest_token, hash_password, new_reset_token

RESET_TOKEN_LIFETIME = timedelta(hours=2)


async def sign_up(session: AsyncSession, email: str, password: str, full_name: str) -> User:
    user = User(
        email=email.strip(),
        password_hash=hash_password(password),
        full_name=full_name,
        profile=Profile(display_name=full_name.split()[0]),
    )
    session.add(user)
    await session.flush()
    return user


async def start_password_reset(session: AsyncSession, user: User) -> str:
    """Give the token to mail; only its digest is kept."""
    token, digest = new_reset_token()
    expires_at = datetime.now(UTC) + RESET_TOKEN_LIFETIME
    session.add(PasswordReset(user_id=user.id, token_digest=digest, expires_at=expires_at))
    await session.flush()
    return token


async def finish_password_reset(session: AsyncSession, token: str, password: str) -> bool:
    now = datetime.now(UTC)
    reset = await session.scalar(
        select(PasswordReset).where(
            PasswordReset.token_digest == digest_token(token),
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > now,
        )
    )
    if reset is None:
        return False
    user = await session.get_one(User, reset.user_id)
    user.password_hash = hash_password(password)
    reset.used_at = now
    return True


async def create_api_client(session: AsyncSession, name: str, created_by: User) -> ApiClient:
    client = ApiClient(name=name, api_token=secrets.token_urlsafe(32), created_by_id=created_by.id)
    session.add(client)
    await session.flush()
    return client


async def find_api_client(session: AsyncSession, token: str) -> ApiClient | None:
    return await session.scalar(
        select(ApiClient).where(ApiClient.api_token == token, ApiClient.revoked_at.is_(None))
    )


async def delete_address(session: AsyncSession, address: Address) -> None:
    await session.delete(address)
    await session.flush()


async def delete_account(session: AsyncSession, user: User) -> None:
    """Delete a customer with addresses and profile. Customers with orders are kept by law."""
    await session.delete(user)
    await session.flush()
