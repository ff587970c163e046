"""A queue that a script fills by SQL, shown by routes that count."""

import datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, ForeignKey, Integer, String, func, text
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class Router:
    def get(self, path: str) -> Any:
        return lambda function: function


app = Router()


class Worker(Base):
    __tablename__ = "workers"

    id = Column(Integer, primary_key=True)
    name = Column(String(40), nullable=False, unique=True)


class Task(Base):
    __tablename__ = "work_tasks"

    id = Column(Integer, primary_key=True)
    worker_id = Column(Integer, ForeignKey("workers.id"), nullable=False, index=True)
    tries = Column(Integer, nullable=False, default=0)  #! client-side-default
    weight = Column(Integer, nullable=False, default=1, server_default="1")
    facts = Column(JSON, nullable=False, server_default=text("'{}'"))  #! queried-json
    changed_on = Column(DateTime(timezone=True), server_default=func.now())  #! stale-updated-at


class Customer(Base):
    __tablename__ = "customers"

    id = Column(Integer, primary_key=True)  #! sequential-public-id
    name = Column(String(40), nullable=False)


FILL = text("insert into work_tasks (worker_id) values (:worker)")
LATE = text("select id from work_tasks where facts->>'late' = 'yes'")


@app.get("/customers/{customer_id}")
def show(customer_id: int) -> Any:
    return customer_id
