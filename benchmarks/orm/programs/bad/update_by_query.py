"""Query.update() for each row, where one statement says the same of all."""

# /// label
# on = ["sqlite", "pymysql"]
# static = true
# before = 7
# after = 3
# ///

from sqlalchemy import Column, ForeignKey, Integer, String, func
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
    for product in session.query(Product).order_by(Product.id).all():  #> loop
        raised = {"price": Product.price + 5}
        session.query(Product).filter(Product.id == product.id).update(  #! write-loop Product
            raised, synchronize_session=False
        )
    session.commit()
    return session.query(func.sum(Product.price)).scalar()


# --- fixed ---


def work(session):
    products = session.query(Product).order_by(Product.id).all()
    keys = [product.id for product in products]
    raised = {"price": Product.price + 5}
    query = session.query(Product).filter(Product.id.in_(keys))
    query.update(raised, synchronize_session=False)
    session.commit()
    return session.query(func.sum(Product.price)).scalar()
