"""Staff in 1.4 style, with a constructor that asks for what the table does not."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, Numeric, String
from sqlalchemy.orm import backref, declarative_base, relationship

Base = declarative_base()


class Employee(Base):
    __tablename__ = "employees"

    id = Column(Integer, primary_key=True)
    badge = Column(String(12))  #! implicit-null
    hired_on = Column(Date)  #! implicit-null
    left_on = Column(Date)
    salary = Column(Numeric(12, 2, asdecimal=False), nullable=False)  #! float-money
    boss_id = Column(Integer, ForeignKey("employees.id"), index=True)
    reports = relationship(
        "Employee", backref=backref("boss", remote_side=[id]), passive_deletes="all"
    )

    def __init__(self, badge, hired_on, boss=None, left_on=None):
        self.badge = badge
        self.hired_on = hired_on
        self.left_on = left_on


class Contract(Base):
    __tablename__ = "contracts"
    __table_args__ = (Index("ix_contracts_is_open", "is_open"),)

    id = Column(Integer, primary_key=True)
    employee_id = Column(Integer, ForeignKey("employees.id"))  #! foreign-key-without-index
    is_open = Column(Integer, nullable=False)
    employee = relationship("Employee", backref=backref("contracts", lazy="joined"))  #! joined-collection
