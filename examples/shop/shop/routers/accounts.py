"""Customers and their accounts."""

from fastapi import APIRouter, HTTPException
from sqlalchemy.exc import IntegrityError

from shop import queries
from shop.db import SessionDep
from shop.models import Address, User
from shop.schemas import SignUp, UserOut
from shop.services import accounts

router = APIRouter(prefix="/accounts", tags=["accounts"])


@router.post("", status_code=201, response_model=UserOut)
async def sign_up(body: SignUp, session: SessionDep) -> User:
    try:
        return await accounts.sign_up(session, body.email, body.password, body.full_name)
    except IntegrityError as error:
        raise HTTPException(409, "There is an account with this e-mail address") from error


@router.get("/search", response_model=list[UserOut])
async def search(term: str, session: SessionDep) -> list[User]:
    return list(await queries.find_customers(session, term))


@router.delete("/{user_id}", status_code=204)
async def delete_account(user_id: int, session: SessionDep) -> None:
    user = await session.get(User, user_id)
    if user is None:
        raise HTTPException(404)
    if await queries.has_open_orders(session, user_id):
        raise HTTPException(409, "There are open orders")
    await accounts.delete_account(session, user)


@router.delete("/{user_id}/addresses/{address_id}", status_code=204)
async def delete_address(user_id: int, address_id: int, session: SessionDep) -> None:
    address = await session.get(Address, address_id)
    if address is None or address.user_id != user_id:
        raise HTTPException(404)
    await accounts.delete_address(session, address)
