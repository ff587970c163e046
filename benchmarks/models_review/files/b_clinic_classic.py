"""A clinic in 1.4 style: Column() without nullable= admits NULL, though code never gives one."""

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, String, func
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


class Patient(Base):
    __tablename__ = "patients"

    id = Column(Integer, primary_key=True)
    number = Column(String(20), unique=True)  #! implicit-null
    first_name = Column(String(60))  #! implicit-null
    middle_name = Column(String(60))
    allergic = Column(Boolean)  #! nullable-boolean
    created_at = Column(DateTime(timezone=True), server_default=func.now())
    visits = relationship(
        "Visit", back_populates="patient", cascade="all, delete-orphan", passive_deletes=True
    )

    def __init__(self, number, first_name, middle_name=None):
        self.number = number
        self.first_name = first_name
        self.middle_name = middle_name


class Visit(Base):
    __tablename__ = "visits"

    id = Column(Integer, primary_key=True)
    patient_id = Column(Integer, ForeignKey("patients.id", ondelete="CASCADE"), index=True)  #! implicit-null
    room_id = Column(Integer, ForeignKey("rooms.id"))  #! foreign-key-without-index
    note = Column(String(200))
    patient = relationship("Patient", back_populates="visits")


class Room(Base):
    __tablename__ = "rooms"

    id = Column(Integer, primary_key=True)
    name = Column(String(40), nullable=False)
