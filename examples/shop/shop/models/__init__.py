"""All mapped classes. Import models from here, so that every mapper is configured."""

from shop.models.accounts import Address, ApiClient, PasswordReset, Profile, User
from shop.models.audit import AuditEvent
from shop.models.base import Base
from shop.models.catalog import Category, Product, ProductVariant, Tag, product_tags
from shop.models.orders import Coupon, Order, OrderItem, coupon_categories
from shop.models.payments import Payment, PaymentStatus, Refund
from shop.models.reviews import Review, ReviewVote
from shop.models.warehouse import (
    Shipment,
    ShipmentStatus,
    StockLevel,
    StockMovement,
    Supplier,
    Warehouse,
)

__all__ = [
    "Address",
    "ApiClient",
    "AuditEvent",
    "Base",
    "Category",
    "Coupon",
    "Order",
    "OrderItem",
    "PasswordReset",
    "Payment",
    "PaymentStatus",
    "Product",
    "ProductVariant",
    "Profile",
    "Refund",
    "Review",
    "ReviewVote",
    "Shipment",
    "ShipmentStatus",
    "StockLevel",
    "StockMovement",
    "Supplier",
    "Tag",
    "User",
    "Warehouse",
    "coupon_categories",
    "product_tags",
]
