"""Mixins and an abstract base; the time of change is kept by the ORM, a trigger or the code."""

import datetime

from sqlalchemy import DDL, DateTime, FetchedValue, ForeignKey, String, event, func
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column


class Base(DeclarativeBase):
    pass


class Entity(Base):
    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)

    @declared_attr.directive
    def __tablename__(cls) -> str:
        return f"{cls.__name__.lower()}s"


class Timestamps:
    created_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    updated_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )


class Farm(Timestamps, Entity):
    name: Mapped[str] = mapped_column(String(80))


class Field(Entity):
    farm_id: Mapped[int] = mapped_column(ForeignKey("farms.id"), index=True)
    updated_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), server_onupdate=FetchedValue()
    )


class Harvest(Entity):
    field_id: Mapped[int] = mapped_column(ForeignKey("fields.id"), index=True)
    kilos: Mapped[float]
    modified_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )

    def weigh(self, kilos: float) -> None:
        self.kilos = kilos
        self.modified_at = datetime.datetime.now(datetime.timezone.utc)


class Delivery(Entity):
    """Written once: nothing changes a delivery."""

    harvest_id: Mapped[int] = mapped_column(ForeignKey("harvests.id"), index=True)
    created_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )


event.listen(
    Field.__table__,
    "after_create",
    DDL(
        "create function touch() returns trigger language plpgsql as "
        "'begin new.updated_at := now(); return new; end'"
    ),
)
event.listen(
    Field.__table__,
    "after_create",
    DDL(
        "create trigger fields_touched before update on fields "
        "for each row execute function touch()"
    ),
)
