"""An EXCLUDE constraint is added."""

BEFORE = """
class Stay(Base):
    __tablename__ = "stays"
    id: Mapped[int] = mapped_column(primary_key=True)
    during: Mapped[Any] = mapped_column(postgresql.INT4RANGE)
"""
AFTER = """
class Stay(Base):
    __tablename__ = "stays"
    id: Mapped[int] = mapped_column(primary_key=True)
    during: Mapped[Any] = mapped_column(postgresql.INT4RANGE)
    __table_args__ = (
        postgresql.ExcludeConstraint(("during", "&&"), name="no_two_stays", using="gist"),
    )
"""
ROWS = ("insert into stays (during) values ('[1,5)'), ('[5,9)');",)
REFUSES = "insert into stays (during) values ('[4,6)');"
