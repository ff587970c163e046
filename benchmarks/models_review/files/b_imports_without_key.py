"""Core tables, some of which have no key."""

from sqlalchemy import Column, Date, ForeignKey, Integer, MetaData, Numeric, String, Table, UniqueConstraint

metadata = MetaData()

currencies = Table(
    "currencies",
    metadata,
    Column("code", String(3), primary_key=True),
)

rates = Table(  #! missing-primary-key
    "rates",
    metadata,
    Column("currency", ForeignKey("currencies.code"), nullable=False, index=True),
    Column("day", Date, nullable=False),
    Column("rate", Numeric(12, 6), nullable=False),
)

holidays = Table(
    "holidays",
    metadata,
    Column("country", String(2), nullable=False),
    Column("day", Date, nullable=False),
    UniqueConstraint("country", "day", name="uq_holidays_country_day"),
)

members = Table(
    "members",
    metadata,
    Column("id", Integer, primary_key=True),
)

friendships = Table(  #! association-without-key
    "friendships",
    metadata,
    Column("member_id", ForeignKey("members.id"), nullable=False, index=True),
    Column("friend_id", ForeignKey("members.id"), nullable=False, index=True),
)
