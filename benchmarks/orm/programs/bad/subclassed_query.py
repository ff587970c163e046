"""A Query class of the project's own, between the loop and SQLAlchemy."""

# /// label
# on = ["sqlite", "psycopg"]
# root = "Order"
# option = "joinedload(Order.customer)"
# before = 9
# after = 1
# ///

from sqlalchemy import Column, ForeignKey, Integer, String, create_engine
from sqlalchemy.orm import Query, Session, declarative_base, relationship


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


class ShopQuery(Query):
    def newest(self):
        return self.order_by(Order.id.desc())

    def names(self):
        return [order.customer.name for order in self.newest()]  #! lazy-load Order.customer


def main(url):
    engine = create_engine(url)
    with Session(engine, query_cls=ShopQuery) as session:
        return session.query(Order).names()  #> root
