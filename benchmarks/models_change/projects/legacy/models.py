import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


class Customer(Base):
    __tablename__ = 'customer'

    id = Column(Integer, primary_key=True)
    name = Column(String(100), nullable=False)
    email = Column(String(255), nullable=True)
    created_at = Column(sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


class Product(Base):
    __tablename__ = 'product'

    id = Column(Integer, primary_key=True)
    name = Column(String(100), nullable=False)
    stock = Column(Integer, nullable=False, server_default='0')


class Order(Base):
    __tablename__ = 'order_'

    id = Column(Integer, primary_key=True)
    buyer_id = Column(Integer, ForeignKey('customer.id', ondelete='RESTRICT'), nullable=False, index=True)
    buyer_note = Column(String(500), nullable=True)
    placed_at = Column(sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())

    buyer = relationship('Customer', backref=sa.orm.backref('orders', passive_deletes='all'))

    def label(self):
        return f"{self.id}: {self.buyer_note}"
