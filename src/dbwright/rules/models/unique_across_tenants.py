"""A name is unique over all tenants, so one customer's choice is refused for another's.

## What it does

Looks for UNIQUE constraints and unique indexes over a name, number or code of a table that carries
the tenant's column, without that column.

## Why is this bad?

The second customer cannot call a project "Website". The error also tells him that somebody else
has one: numbers and names leak from tenant to tenant.

## When to leave it

When the value names the row to the whole world, as a host name, a token or the number at a
provider. Those, addresses that people sign in with, and keys of other tables are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, ProbeValue, RowProbe, SameAs
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Table
from dbwright.recipes import model_migrations, model_tenants, model_words, models
from dbwright.recipes.model_draft import Draft
from dbwright.recipes.model_tenants import Tenancy

APPLIES = Applies()
SEVERITY = "warning"
NAMES = {
    "code", "email", "label", "name", "number", "plate", "ref", "reference", "sku", "slug", "title",
}  # fmt: skip
OF_THE_WORLD = {
    "domain", "external", "global", "guid", "host", "invitation", "invite", "key", "passport",
    "provider", "public", "secret", "serial", "subdomain", "token", "tracking", "uuid", "vat",
    "voucher",
}  # fmt: skip

BAD = ModelsExample(
    code="""
class Tenant(Base):
    __tablename__ = "tenants"
    id: Mapped[int] = mapped_column(primary_key=True)

class Article(Base):
    __tablename__ = "articles"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)

class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
""",
    claims=("refuses_good_row",),
    object="articles.number",
)
BAD_CONSTRAINT = ModelsExample(
    code="""
class Tenant(Base):
    __tablename__ = "tenants"
    id = Column(Integer, primary_key=True)

class Article(Base):
    __tablename__ = "articles"
    __table_args__ = (UniqueConstraint("title", name="uq_articles_title"),)
    id = Column(Integer, primary_key=True)
    tenant_id = Column(ForeignKey("tenants.id"), nullable=False, index=True)
    title = Column(String(20), nullable=False)

class Shelf(Base):
    __tablename__ = "shelves"
    id = Column(Integer, primary_key=True)
    tenant_id = Column(ForeignKey("tenants.id"), nullable=False, index=True)
""",
    claims=("refuses_good_row",),
    object="articles.title",
)
GOOD = ModelsExample(
    code="""
class Tenant(Base):
    __tablename__ = "tenants"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))

class Article(Base):
    __tablename__ = "articles"
    __table_args__ = (UniqueConstraint("tenant_id", "number", name="uq_articles_number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    number: Mapped[str] = mapped_column(String(20))
    public_id: Mapped[uuid.UUID] = mapped_column(unique=True)

class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
    tracking_code: Mapped[str] = mapped_column(String(40), unique=True)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each name that is unique over all tenants."""
    one = model_tenants.tenancy(mapping)
    for table in mapping.schema.tables if one else ():
        if one is None or table.key not in one.members or _is_of_people(table):
            continue
        keys = {name for key in table.foreign_keys for name in key.columns}
        for columns, name, place in _uniques(table):
            if one.column in columns or keys.intersection(columns):
                continue
            if columns and all(_is_name(column) for column in columns):
                yield _finding(mapping, one, table, columns, name, place)


def _uniques(table: Table) -> Iterator[tuple[tuple[str, ...], str | None, Place | None]]:
    for unique in table.uniques:
        yield unique.columns, unique.name, unique.place
    for index in table.indexes:
        plain = tuple(name for name in index.columns if name)
        if index.unique and len(plain) == len(index.keys) and index.predicate is None:
            yield plain, index.name, index.place


def _is_of_people(table: Table) -> bool:
    last = model_words.words(table.name)[-1:]
    return bool({"user", "users", "account", "accounts", "login", "logins"}.intersection(last))


def _is_name(column: str) -> bool:
    said = set(model_words.words(column))
    return bool(NAMES.intersection(model_words.words(column)[-1:])) and not said & OF_THE_WORLD


def _finding(
    mapping: Mapping,
    one: Tenancy,
    table: Table,
    columns: tuple[str, ...],
    name: str | None,
    place: Place | None,
) -> Finding:
    first: dict[str, ProbeValue] = {}
    second: dict[str, ProbeValue] = {column: SameAs(0) for column in columns}
    key = one.key_of(table)
    if key is not None:
        dialect, there = mapping.schema.dialect, key.referred_columns[0]
        first[one.column] = model_tenants.first(dialect, key.referred, there)
        second[one.column] = model_tenants.first(dialect, key.referred, there, 1)
    probe = RowProbe(table.key, (first, second), expect="refused")
    listed = ", ".join(columns)
    owner = one.column.rpartition("_")[0]
    return Finding(
        message=f"what one {owner} has taken is refused for every other {owner}",
        location=Location.at(place or mapping.place_of(table, columns[0]), f"{table.key}.{listed}"),
        claims=(Claim("refuses_good_row", table.key, column=listed, probe=probe),),
        details={"table": table.key, "columns": list(columns), "name": name, "tenant": one.column},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the UNIQUE over the tenant and the name."""
    table, columns = finding.details["table"], finding.details["columns"]
    tenant, old = finding.details["tenant"], finding.details["name"]
    bare = table.rpartition(".")[2]
    name = f"uq_{bare}_{tenant}_{'_'.join(columns)}"
    listed = ", ".join(f'"{column}"' for column in [tenant, *columns])
    element = f'UniqueConstraint({listed}, name="{name}")'
    draft = models.without_unique(Draft(mapping), mapping, table, columns, old)
    draft = draft.table_argument(table, element, "UniqueConstraint")
    build = model_migrations.unique_from_index(mapping, name, table, [tenant, *columns])
    former = old or f"{bare}_{'_'.join(columns)}_key"
    fix = draft.fix(
        f"make {', '.join(columns)} unique within its {tenant.rpartition('_')[0]}",
        otherwise=element,
        migration=f'{build}\nop.drop_constraint("{former}", "{bare}", type_="unique")',
    )
    return Advice(
        reason="names belong to whoever gives them: each tenant has a room of names of its own",
        fix=fix,
        alternatives=(
            Alternative(
                "keep it, and build the name of the tenant's own short name and the row's",
                "longer names for everybody; nothing has to change in the database",
            ),
        ),
        risk=Risk(
            f"look-ups by {', '.join(columns)} alone may find several rows",
            f"search for them, and give each one its {tenant}",
        ),
        undo=models.undo(fix, "put the former UNIQUE back, once no name is there twice"),
        tests=f"two tenants store the same {', '.join(columns)}; one tenant cannot do so twice",
        backup="none needed: no row changes",
    )
