"""An association object: the lines of each order, then the product of each line."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# root = "Order"
# option = "selectinload(Order.lines).joinedload(Line.product)"
# before = 16
# after = 2
# ///

from sqlalchemy import Column, ForeignKey, Integer, String, select
from sqlalchemy.orm import declarative_base, relationship


Base = declarative_base()


class Customer(Base):
    __tablename__ = "customers"
    id = Column(Integer, primary_key=True)
    name = Column(String(60), nullable=False)
    orders = relationship("Order", back_populates="customer", order_by="Order.id")


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    customer_id = Column(ForeignKey("customers.id"), nullable=False, index=True)
    customer = relationship("Customer", back_populates="orders")
    lines = relationship("Line", back_populates="order", order_by="Line.product_id")
    invoice = relationship("Invoice", back_populates="order", uselist=False)


class Product(Base):
    __tablename__ = "products"
    id = Column(Integer, primary_key=True)
    name = Column(String(60), nullable=False)
    price = Column(Integer, nullable=False)


class Line(Base):
    __tablename__ = "order_lines"
    order_id = Column(ForeignKey("orders.id"), primary_key=True)
    product_id = Column(ForeignKey("products.id"), primary_key=True)
    quantity = Column(Integer, nullable=False, default=1)
    order = relationship("Order", back_populates="lines")
    product = relationship("Product")


class Invoice(Base):
    __tablename__ = "invoices"
    id = Column(Integer, primary_key=True)
    order_id = Column(ForeignKey("orders.id"), nullable=False, unique=True)
    total = Column(Integer, nullable=False)
    order = relationship("Order", back_populates="invoice")


def fill(session):
    session.add_all(Product(id=n, name=f"Product {n}", price=100 * n) for n in range(1, 6))
    session.add_all(Customer(id=n, name=f"Customer {n}") for n in range(1, 9))
    session.flush()
    for number in range(1, 11):
        order = Order(id=number, customer_id=number % 8 + 1)
        order.lines = [Line(product_id=(number + n) % 5 + 1, quantity=n + 1) for n in range(2)]
        order.invoice = Invoice(total=number * 100)
        session.add(order)


def work(session):
    bills = []
    for order in session.scalars(select(Order).order_by(Order.id)).all():  #> loop, root
        total = 0
        for line in order.lines:  #! lazy-load Order.lines
            total += line.quantity * line.product.price  #! lazy-load Line.product
        bills.append((order.id, total))
    return bills
