"""Makes the rows of the support desk: the same on every machine, tenants and words skewed.

Tenant 1 has about 15 % of the rows, tenant 100 about 0.13 %, tenant 1900 about 0.013 %. Times end
at NOW, so that "the last 30 days" stays the same whenever the set is run.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
TENANTS, USERS, TICKETS, COMMENTS = 2000, 60_000, 150_000, 350_000
WATCHERS, EVENTS, JOBS, INVOICES, KEYS = 250_000, 400_000, 200_000, 80_000, 6_000
SYLLABLES = (
    "ba",
    "co",
    "di",
    "fe",
    "gu",
    "ha",
    "jo",
    "ki",
    "lo",
    "mu",
    "na",
    "pe",
    "ri",
    "so",
    "tu",
)
STATUSES = ("closed", "solved", "open", "pending", "escalated")
STATUS_WEIGHTS = (62, 30, 5, 2.8, 0.2)
KINDS = ("page_view", "login", "ticket_updated", "export", "webhook_failed", "impersonated")
KIND_WEIGHTS = (70, 15, 12, 2, 0.9, 0.1)
QUEUES = ("mail", "index", "billing", "webhook")

Row = tuple[Any, ...]


class Maker:
    """One stream of random values with the skews that real applications have."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        dice = random.Random(7)
        self.words = ["".join(dice.choices(SYLLABLES, k=dice.randint(1, 4))) for _ in range(3000)]

    def tenant(self) -> int:
        """A tenant; the first ones have most of the rows."""
        return 1 + int(TENANTS * self.random.random() ** 4)

    def member(self, tenant: int) -> int:
        """A user of a tenant: users are numbered so that a tenant's lie side by side."""
        first, last = (
            int(USERS * ((tenant - 1) / TENANTS) ** 0.25),
            USERS * (tenant / TENANTS) ** 0.25,
        )
        return min(USERS, 1 + self.random.randint(first, max(first, int(last) - 1)))

    def text(self, least: int, most: int) -> str:
        """Some words, the first ones of the list far more often."""
        pick, words = self.random.random, self.words
        return " ".join(
            words[int(3000 * pick() ** 3)] for _ in range(self.random.randint(least, most))
        )

    def past(self, days: float, recent: float = 1.0) -> datetime:
        """A time in the last days; above 1, `recent` draws it towards now."""
        return NOW - timedelta(seconds=int(86400 * days * self.random.random() ** recent))

    def one(self, values: tuple[str, ...], weights: tuple[float, ...]) -> str:
        """One of the values by weight."""
        return self.random.choices(values, weights)[0]

    def soft_deleted(self, share: float) -> datetime | None:
        """A time of deletion for a share of the rows."""
        return self.past(300) if self.random.random() < share else None


def tenant_of_user(user: int) -> int:
    """The tenant whose range of users holds this one."""
    return min(TENANTS, 1 + int(TENANTS * ((user - 1) / USERS) ** 4))


def tenants(make: Maker) -> Iterator[Row]:
    """2,000 tenants on four plans."""
    for i in range(1, TENANTS + 1):
        plan = make.one(("free", "team", "business", "enterprise"), (60, 25, 12, 3))
        yield i, f"t{i}-{make.words[i]}", plan, make.past(1500), make.soft_deleted(0.03)


def users(make: Maker) -> Iterator[Row]:
    """The tenants' people; one in ten is deleted, mail addresses are as people type them."""
    for i in range(1, USERS + 1):
        name = make.text(2, 2)
        mail = f"{name.replace(' ', '.')}{i}@example.com"
        typed = mail.title() if make.random.random() < 0.2 else mail
        role = make.one(("agent", "member", "admin"), (20, 77, 3))
        seen = make.past(400, 3) if make.random.random() < 0.9 else None
        active = make.random.random() < 0.85
        deleted = make.soft_deleted(0.1)
        tenant = tenant_of_user(i)
        yield i, tenant, typed, name, role, active, seen, make.past(900), deleted


def tickets(make: Maker) -> Iterator[Row]:
    """Tickets in order of creation; nearly all are closed, few are open, very few escalated."""
    for i in range(1, TICKETS + 1):
        tenant = make.tenant()
        status = make.one(STATUSES, STATUS_WEIGHTS)
        created = NOW - timedelta(seconds=int(86400 * 900 * (1 - i / TICKETS)))
        updated = created + (NOW - created) * make.random.random() ** 4
        assignee = make.member(tenant) if make.random.random() < 0.8 else None
        due = created + timedelta(days=make.random.randint(1, 20)) if i % 3 else None
        tags = sorted({f"tag{int(400 * make.random.random() ** 2)}" for _ in range(i % 4)})
        custom = {"severity": make.one(("s3", "s2", "s1"), (80, 18, 2)), "product": f"p{i % 37}"}
        if make.random.random() < 0.3:
            custom["external_id"] = f"EXT-{i * 7919 % 1_000_003}"
        yield (
            i, tenant, make.member(tenant), assignee, status, make.random.randint(1, 4),
            make.text(4, 9), make.text(15, 60), tags, json.dumps(custom), created, updated, due,
            make.soft_deleted(0.06),
        )  # fmt: skip


def comments(make: Maker) -> Iterator[Row]:
    """Comments in order of creation, on tickets of about their time."""
    for i in range(1, COMMENTS + 1):
        ticket = min(TICKETS, 1 + int(TICKETS * (i / COMMENTS) * make.random.random() ** 0.15))
        tenant = make.tenant()
        created = NOW - timedelta(seconds=int(86400 * 900 * (1 - i / COMMENTS)))
        public = make.random.random() < 0.8
        yield i, tenant, ticket, make.member(tenant), make.text(8, 35), public, created


def watchers(make: Maker) -> Iterator[Row]:
    """Who watches which ticket."""
    pairs = dict.fromkeys(
        (make.random.randint(1, TICKETS), make.member(make.tenant())) for _ in range(WATCHERS)
    )
    for ticket, user in pairs:
        yield ticket, user, make.past(900)


def events(make: Maker) -> Iterator[Row]:
    """An audit trail: append only, one request id each, rare kinds."""
    for i in range(1, EVENTS + 1):
        payload = {
            "request_id": f"{i * 2654435761 % 2**32:08x}-{i}",
            "ip": f"10.{make.random.randint(0, 40)}.{make.random.randint(0, 255)}.7",
            "agent": make.text(1, 3),
        }
        created = NOW - timedelta(seconds=int(86400 * 365 * (1 - i / EVENTS)))
        subject = make.random.randint(1, TICKETS) if make.random.random() < 0.6 else None
        kind = make.one(KINDS, KIND_WEIGHTS)
        yield i, make.tenant(), kind, subject, json.dumps(payload), created


def jobs(make: Maker) -> Iterator[Row]:
    """A queue in a table: nearly all is done, a few hundred wait, run or have failed."""
    for i in range(1, JOBS + 1):
        queue = make.one(QUEUES, (70, 20, 6, 4))
        run = NOW - timedelta(seconds=int(86400 * 60 * (1 - i / JOBS)))
        status, error, locked = "done", None, None
        finished: datetime | None = run + timedelta(seconds=9)
        if i > JOBS - 600:
            status, finished = "queued", None
        elif make.random.random() < 0.002:
            status, error = "failed", make.text(5, 12)
        elif make.random.random() < 0.0003:
            status, finished, locked = "running", None, f"worker-{i % 8}"
        payload = json.dumps({"ticket": make.random.randint(1, TICKETS), "try": i % 3})
        yield i, queue, status, run, i % 3, payload, locked, finished, error


def invoices(make: Maker) -> Iterator[Row]:
    """Monthly invoices, nearly all paid."""
    for i in range(1, INVOICES + 1):
        issued = (NOW - timedelta(days=int(1000 * (1 - i / INVOICES)))).date()
        status = make.one(("paid", "open", "void"), (95, 3, 2))
        paid = make.past(900) if status == "paid" else None
        amount = round(make.random.lognormvariate(4, 1), 2)
        yield i, make.tenant(), f"INV-{i:07d}", status, amount, issued, paid


def api_keys(make: Maker) -> Iterator[Row]:
    """Keys by their hash."""
    for i in range(1, KEYS + 1):
        revoked = make.past(500) if make.random.random() < 0.3 else None
        yield i, make.tenant(), f"{i * 11400714819323198485 % 2**64:016x}{i:08x}", revoked


TABLES = (tenants, users, tickets, comments, watchers, events, jobs, invoices, api_keys)
COLUMNS = {
    "tickets": "id, tenant_id, requester_id, assignee_id, status, priority, subject, body, tags, "
    "custom, created_at, updated_at, due_at, deleted_at"
}


def rows(tools: Path) -> Iterator[tuple[str, str, Iterator[Row]]]:
    """Each table with the columns that are given, and its rows, in an order that the keys allow.

    The folder of tools is not needed here."""
    for number, table in enumerate(TABLES):
        yield table.__name__, COLUMNS.get(table.__name__, ""), table(Maker(1000 + number))
