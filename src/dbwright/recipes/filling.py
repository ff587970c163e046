"""How a column of a large table is filled, where it is not said with what."""

from __future__ import annotations

from dbwright.core.explanation import Do, Explanation, Reason
from dbwright.core.finding import Alternative, Unverified
from dbwright.core.schema import Table
from dbwright.recipes import backfill, change


def explain(table: Table, column: str) -> Explanation:
    """Gives the loop over the table's own key, and the command that writes and proves it."""
    key = change.batch_key(table)
    value = f"{column} = …"
    loop = backfill.loop(table.key, key, value, f"{column} IS NULL")
    command = f'dbwright migrations change backfill {table.key} --to "{column} = EXPRESSION"'
    return Explanation(
        f"how to fill {table.key}.{column} while the application runs",
        f"In batches of {backfill.BATCH} by {table.key}.{key}, each committed by itself, in a "
        "revision of its own outside of the transaction.",
        (
            Do("Say with what; it is then written, run with rows, and shown", command, "sh"),
            Do("The loop, where you write it yourself (in upgrade())", loop),
        ),
        (
            Reason("one UPDATE of all rows locks each of them until it commits, and every write of "
                   "one waits"),
            Reason("a transaction that is open for long keeps VACUUM from what is dead"),
        ),
        (
            Alternative(
                "a script beside the application",
                "it can pause at night; it is in no revision, so other databases lack it",
            ),
            Alternative(
                "a column that the database computes (GENERATED ALWAYS AS … STORED)",
                "nothing to fill, and the table is written anew under a full lock",
            ),
        ),
        backfill.NOTES.risk,
        "the values stay; the revision that adds the column takes them away",
        backfill.NOTES.test,
        backfill.NOTES.backup,
        f"reasoned: the key of {table.key} was read from the migrated schema; nothing was run",
        unverified=(Unverified("the expression", "it was not said"),),
        more=(command,),
    )  # fmt: skip
