"""Triggers that keep two columns of a row the same while old and new code run (PostgreSQL)."""

from __future__ import annotations

from dbwright.recipes import code


def name_of(table: str, column: str) -> str:
    """The name of the trigger and of its function."""
    return code.name_for(table, column, "sync")


def create(table: str, column: str, body: str) -> tuple[str, str]:
    """Gives the statements that create the function and the trigger before each write."""
    name = code.quoted(name_of(table, column))
    function = (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        f"BEGIN\n{body}\n    RETURN NEW;\nEND $$"
    )
    trigger = (
        f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {code.quoted(table)} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
    return function, trigger


def drop(table: str, column: str) -> tuple[str, str]:
    """Gives the statements that take both away."""
    name = code.quoted(name_of(table, column))
    return (f"DROP TRIGGER {name} ON {code.quoted(table)}", f"DROP FUNCTION {name}()")


def both_ways(old: str, new: str) -> str:
    """Gives the body that follows whichever of the two columns a statement writes."""
    old, new = code.quoted(old), code.quoted(new)
    return (
        "    IF TG_OP = 'INSERT' THEN\n"
        f"        NEW.{new} := coalesce(NEW.{new}, NEW.{old});\n"
        f"        NEW.{old} := NEW.{new};\n"
        f"    ELSIF NEW.{new} IS DISTINCT FROM OLD.{new} THEN\n"
        f"        NEW.{old} := NEW.{new};\n"
        "    ELSE\n"
        f"        NEW.{new} := NEW.{old};\n"
        "    END IF;"
    )
