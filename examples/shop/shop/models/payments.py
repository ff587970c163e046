"""Money that came in and money that went back."""

import enum
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.models.base import Base, BigIntKey, CreatedAt, native_enum

if TYPE_CHECKING:
    from shop.models.orders import Order


class PaymentStatus(enum.Enum):
    """The states of a payment, as our payment provider names them."""

    PENDING = "pending"
    CAPTURED = "captured"
    FAILED = "failed"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


class Payment(Base):
    """One attempt to pay an order. The id goes to the provider as the idempotency key."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("provider", "provider_payment_id", name="uq_payments_provider_payment"),
        CheckConstraint("amount > 0", name="ck_payments_amount"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"), index=True)
    provider: Mapped[str] = mapped_column(String(20))
    # The provider's own key, not one of ours.
    provider_payment_id: Mapped[str | None] = mapped_column(String(80))
    status: Mapped[PaymentStatus] = mapped_column(
        native_enum(PaymentStatus, "payment_status"), default=PaymentStatus.PENDING
    )
    amount: Mapped[Decimal]
    card_last4: Mapped[str | None] = mapped_column(String(4))
    provider_response: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    created_at: Mapped[CreatedAt]

    order: Mapped["Order"] = relationship(back_populates="payments")
    refunds: Mapped[list["Refund"]] = relationship(back_populates="payment", passive_deletes="all")


class Refund(Base):
    """Money that a customer got back; a payment may be refunded in parts."""

    __tablename__ = "refunds"
    __table_args__ = (CheckConstraint("amount > 0", name="ck_refunds_amount"),)

    id: Mapped[BigIntKey]
    payment_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("payments.id", ondelete="RESTRICT"), index=True
    )
    approved_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    amount: Mapped[Decimal]
    reason: Mapped[str | None]
    created_at: Mapped[CreatedAt]

    payment: Mapped[Payment] = relationship(back_populates="refunds")
