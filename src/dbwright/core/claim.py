"""Claims: what a rule says happens, as predicates that a run proves or refutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from dbwright.core.codec import tagged

ClaimKind = Literal[
    # migrations
    "blocks_reads",
    "blocks_writes",
    "full_scan_locked",
    "lock_held_over_work",
    "table_rewrite",
    "long_row_locks",
    "lock_no_timeout",
    "breaks_old_code",
    "data_loss",
    "drops_unnamed",
    "fails_on_data",
    "fails_at_runtime",
    "fails_offline",
    "differs_offline",
    "non_transactional",
    "downgrade_fails",
    "lossy_downgrade",
    "irreversible_downgrade",
    "rename_as_drop_add",
    "graph_multiple_heads",
    "graph_duplicate_revision",
    "graph_missing_parent",
    "leaves_object_behind",
    "schema_differs",
    "attribute_lost",
    # queries
    "reads_whole_table",
    "same_rows",
    "fewer_statements",
    "cheaper_plan",
    "wrong_rows",
    # models
    "accepts_bad_row",
    "refuses_good_row",
    "delete_fails",
    "loads_children",
    "mapper_fails",
    "create_fails",
    "exposes_secret",
    "runs_injected_sql",
    "runs_pickled_code",
    "repeats_value",
    "repeats_statement",
    "commits_each_row",
    "flushes_each_row",
    "multiplies_rows",
    "fewer_rows",
    "loads_unread",
    "loads_ahead",
    "stores_wrong_value",
    "redundant_index",
    "name_is_cut",
    "deletes_parent",
    "drop_fails",
    "unordered_keys",
    "loads_value",
    "query_fails",
    "reads_skipped_rows",
    "loses_change",
    "refuses_statement",
    "shape_differs",
    "links_wrong_row",
    "counts_up",
    "row_security",
    # programs
    "opens_connections",
    "shares_transaction",
    "blocks_event_loop",
    "holds_transaction",
]


@tagged
@dataclass(frozen=True, slots=True)
class SameAs:
    """A probe value: what the row of that number (from 0) has in the same column."""

    row: int = 0


@tagged
@dataclass(frozen=True, slots=True)
class Unmatched:
    """A probe value: of the column's type, and in no row of any table."""


@tagged
@dataclass(frozen=True, slots=True)
class Sql:
    """A probe value given as an SQL expression of the target."""

    expression: str


ProbeValue = SameAs | Unmatched | Sql | str | int | float | bool | None


@tagged
@dataclass(frozen=True, slots=True)
class RowProbe:
    """Rows to insert in one table, one INSERT each; columns not named get generated values.

    The last row is what the claim is about: `expect` says whether the database takes it.
    """

    table: str
    rows: tuple[dict[str, ProbeValue], ...]
    expect: Literal["accepted", "refused"] = "accepted"


@tagged
@dataclass(frozen=True, slots=True)
class DeleteProbe:
    """A parent row with children, deleted in SQL or through the ORM.

    `scanned` names a table that must be read whole by the deletion (reads_whole_table).
    """

    table: str
    child: str
    child_columns: tuple[str, ...] = ()
    via: Literal["sql", "orm"] = "sql"
    mapper: str | None = None
    relationship: str | None = None
    expect: Literal["refused", "scans", "loads_children"] = "refused"


@tagged
@dataclass(frozen=True, slots=True)
class SqlProbe:
    """Statements run in order in one transaction that is rolled back.

    The last one decides: `expect` is "error" (with `code` as its SQLSTATE when given), "works",
    or "true": its single value is true.
    """

    statements: tuple[str, ...]
    expect: Literal["error", "works", "true"] = "true"
    code: str | None = None


@tagged
@dataclass(frozen=True, slots=True)
class PlanProbe:
    """A statement whose plan, on a table with rows, is compared with and without an index.

    With `without` set the index of that name is dropped in a transaction and `expect` says
    whether another one serves; with `create` set that index is made and must be used.
    """

    sql: str
    table: str
    create: str | None = None
    without: str | None = None
    expect: Literal["scans_whole_table", "served_by_other", "uses_new_index"] = "scans_whole_table"


@tagged
@dataclass(frozen=True, slots=True)
class MapperProbe:
    """A question to the configured mappers, answered in the child that imports the models.

    `question` is one of the questions of child/questions.py: "repr_shows" (does repr() of an
    instance contain the attribute's value), "default_repeats" (do two inserts get the very same
    default), "default_shared" (is one mutable object shared), "configure_warns",
    "configure_fails", "pickle_runs_code", "orm_delete", "compile_fails", "deletes_target" (does
    deleting one object delete what it points at), "drop_fails", "default_unordered" (do new keys
    come in no order), "selected_by_default" (does a plain SELECT of the class fetch the column),
    "repeats_select" (does each look at a relationship send a SELECT), "loads_each" (does each of
    three objects send one), "asks_each" (do three values, where one would do), "counts_rows"
    (does a count send one row for the number of all objects), "reads_float",
    "change_is_lost" (is a change inside of the value seen), "stored_otherwise" (is an enum's value
    stored as another text), "is_single" (is the relationship one object, not a list),
    "links_backwards" (does setting it write the other row's key).
    """

    question: str
    mapper: str | None = None
    attribute: str | None = None
    table: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


@tagged
@dataclass(frozen=True, slots=True)
class QueryProbe:
    """A query run or planned as it is, and in another form or after a change.

    `setup` runs first (an index, a NULL), `settings` hold for the statement alone. `expect`:
    "cheaper": with the setup, the settings or as `other` it takes less by a factor that shows;
    "same_rows": `other` returns the same rows, by a rule where the catalog meets `conditions`;
    "no_index_used": even with the setup and scans disfavored the plan reads `table` whole;
    "loses_rows": after the setup the query returns nothing while `other` still returns rows;
    "reads_skipped_rows": the plan's run reads at least `count` rows to return fewer, or it takes
    more than `other`, which skips none;
    "refused": the database refuses the statement of `setup` ("this index cannot be made").
    `in_plan` is false where neither the plan nor its cost shows what is gained: only a run does.
    `values` are literals for the parameters that show it, where not just any do.
    """

    sql: str
    expect: Literal[
        "cheaper", "same_rows", "no_index_used", "loses_rows", "reads_skipped_rows", "refused"
    ]
    other: str | None = None
    setup: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    conditions: tuple[str, ...] = ()
    table: str | None = None
    count: int = 0
    in_plan: bool = True
    values: tuple[tuple[int, str], ...] = ()


Chain = tuple[tuple[str, str, str | None, tuple[tuple[str, str | int | tuple[str, ...]], ...]], ...]
"""A chain of loader options: loader, class, attribute and arguments of each step."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Loader options for the queries of a class that are sent from one line.

    With `keep` it is that commits do not expire the objects of a Session (expire_on_commit).
    """

    file: str
    line: int
    class_: str
    options: tuple[Chain, ...] = ()
    keep: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class RunProbe:
    """A program that is run again as it is, with loader options given to its queries.

    It must print the same and end the same, and send fewer statements. `shape` is the statement
    that is to become rarer, `count` how often it was sent. `said` is what the run showed, where
    that is more than a number of statements; of "loads_ahead" the attribute that is to be there.
    """

    shape: str
    count: int
    trials: tuple[Trial, ...] = ()
    said: str = ""


@tagged
@dataclass(frozen=True, slots=True)
class SeenProbe:
    """What the run itself showed at a line: the recording has it there, or it was not seen.

    `fact` is the part of the recording that has it, `witness` says what was seen.
    """

    fact: Literal["errors", "engines", "pauses", "shared", "groups"]
    file: str
    line: int
    proposition: str
    witness: str


Probe = (
    SeenProbe | RunProbe | RowProbe | DeleteProbe | SqlProbe | PlanProbe | MapperProbe | QueryProbe
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One effect that a finding states: a kind, the object it happens to, and how to see it.

    Migration claims need no probe: the rehearsal's traces decide. `relation` is a table key.
    `column` narrows it. `remedy` is the number of the finding's remedy that it is about.
    """

    kind: ClaimKind
    relation: str | None = None
    lock: str | None = None
    column: str | None = None
    probe: Probe | None = None
    remedy: int | None = None


ProofLevel = Literal["verified", "observed", "reasoned", "refuted"]


@dataclass(frozen=True, slots=True)
class Proof:
    """How far a claim is proved: the proposition, its scope and what was seen.

    verified: a witness on the target's major version; observed: survived its tests, or seen on
    another version or through a stand-in; reasoned: not run for this object, `why` says why;
    refuted: the run showed the contrary, and the finding is withdrawn. `factor` is what was
    measured before, divided by after.
    """

    level: ProofLevel
    proposition: str
    scope: str = ""
    witness: str = ""
    why: str = ""
    factor: float | None = None

    @property
    def holds(self) -> bool:
        """Whether a run has shown it."""
        return self.level in ("verified", "observed")
