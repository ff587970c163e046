"""The rows of a query are loaded for their number."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# static = true
# run = "check"
# measure = "rows"
# before = 123
# after = 2
# ///

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Board(Base):
    __tablename__ = "board"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    cards: Mapped[list["Card"]] = relationship(lazy="joined")


class Card(Base):
    __tablename__ = "card"
    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("board.id"), index=True)
    done: Mapped[bool] = mapped_column()


def fill(session):
    for number in range(12):
        cards = [Card(done=part % 2 == 0) for part in range(number % 3)]
        session.add(Board(name=f"Board {number}", cards=cards))
    session.flush()
    session.add_all(Card(board_id=1, done=number % 3 > 0) for number in range(60))


def work(session):
    boards = len(session.scalars(select(Board).order_by(Board.name)).unique().all())  #! rows-loaded-to-count Board
    cards = session.scalars(select(Card).where(Card.done)).all()  #! rows-loaded-to-count Card
    return {"boards": boards, "done": len(cards)}


# --- fixed ---
from sqlalchemy import func


def work(session):
    boards = session.scalar(select(func.count()).select_from(Board)) or 0
    done = session.scalar(select(func.count()).select_from(Card).where(Card.done)) or 0
    return {"boards": boards, "done": done}
