"""The primary key gets a second column."""

BEFORE = """
class Rate(Base):
    __tablename__ = "rates"
    code: Mapped[str] = mapped_column(String(3), primary_key=True)
    year: Mapped[int]
"""
AFTER = """
class Rate(Base):
    __tablename__ = "rates"
    code: Mapped[str] = mapped_column(String(3), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
"""
ROWS = ("insert into rates (code, year) values ('EUR', 2024), ('USD', 2025);",)
TRY = "insert into rates (code, year) values ('EUR', 2025);"
