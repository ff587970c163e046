"""What goes over the wire."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field


class FromModel(BaseModel):
    """A response that is read from a mapped object."""

    model_config = ConfigDict(from_attributes=True)


class SignUp(BaseModel):
    """A new customer."""

    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=320)
    password: str = Field(min_length=10, max_length=200)
    full_name: str = Field(min_length=1, max_length=200)


class UserOut(FromModel):
    """A customer, as the support desk sees them."""

    id: int
    email: str
    full_name: str | None
    created_at: datetime


class VariantOut(FromModel):
    """A variant on a product page."""

    id: int
    name: str
    price: float


class ProductOut(FromModel):
    """A product in a list."""

    id: int
    sku: str
    slug: str
    title: str
    variants: list[VariantOut]


class SearchHit(FromModel):
    """A product that a search found."""

    id: int
    title: str
    slug: str


class BasketLine(BaseModel):
    """A variant in the basket."""

    variant_id: int
    quantity: int = Field(gt=0, le=99)


class Checkout(BaseModel):
    """A basket that is to become an order."""

    user_id: int
    address_id: int
    lines: list[BasketLine] = Field(min_length=1)
    coupon_code: str | None = None
    note: str | None = Field(default=None, max_length=500)


class OrderOut(FromModel):
    """An order in a list."""

    id: int
    number: str
    status: str
    total_amount: Decimal
    created_at: datetime


class OrderWithPayments(OrderOut):
    """An order with what was paid for it."""

    paid: Decimal


class RatingOut(BaseModel):
    """The stars of a product."""

    product_id: int
    title: str
    reviews: int
    stars: float | None
