"""The declarative base and the column types that the models share."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Enum, Identity, Numeric, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase, mapped_column

BigIntKey = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
CreatedAt = Annotated[datetime, mapped_column(server_default=func.now())]


class Base(AsyncAttrs, DeclarativeBase):
    """The base of all models: text without a length, aware timestamps, jsonb, exact money."""

    type_annotation_map = {
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        Decimal: Numeric(12, 2),
        dict[str, Any]: JSONB,
    }


def native_enum(cls: type[enum.Enum], name: str) -> Enum:
    """Give the database type of an enum, which stores the values and not the member names."""
    return Enum(cls, name=name, values_callable=lambda e: [member.value for member in e])
