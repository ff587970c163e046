"""What the names of columns and tables say: secrets, money, states, histories.

Names are judged by their whole words, so that `token_count` is no token and `secret_santa` no
secret. Each function says when it does not know by giving None or False.
"""

from __future__ import annotations

import functools
import re
from typing import Literal

SecretKind = Literal["password", "token", "key", "personal"]

_PASSWORDS = {"password", "passwd", "passphrase", "pwd"}
_TOKEN_OWNERS = {
    "access",
    "api",
    "auth",
    "authentication",
    "bearer",
    "bot",
    "invite",
    "invitation",
    "login",
    "magic",
    "oauth",
    "otp",
    "refresh",
    "reset",
    "secret",
    "session",
    "verification",
    "webhook",
}
_KEYS = {
    ("access", "key"),
    ("api", "key"),
    ("private", "key"),
    ("secret", "key"),
    ("client", "secret"),
    ("signing", "key"),
    ("signing", "secret"),
    ("webhook", "secret"),
    ("otp", "secret"),
    ("totp", "secret"),
    ("encryption", "key"),
}
_PERSONAL = {
    ("ssn",),
    ("social", "security", "number"),
    ("card", "number"),
    ("credit", "card"),
    ("credit", "card", "number"),
    ("cvv",),
    ("cvc",),
    ("iban",),
}
_NOT_SECRET = {
    "algo", "algorithm", "at", "attempts", "budget", "changed", "cipher", "ciphertext", "class",
    "cost", "count", "counts", "created", "crypt", "digest", "enabled", "encrypted", "expires",
    "expiry", "failures", "file", "fingerprint", "flag", "format", "has", "hash", "hashed",
    "hint", "id", "ids", "is", "kind", "last4", "length", "level", "limit", "masked", "name",
    "needs", "number_of", "on", "path", "policy", "prefix", "public", "question", "ref",
    "reference", "required", "requires", "reset_at", "salt", "santa", "scheme", "scope",
    "scopes", "sent", "sha256", "source", "status", "strength", "suffix", "type", "uri", "url",
    "usage", "used", "uses", "valid", "version",
}  # fmt: skip
_MONEY = {
    "price", "amount", "balance", "salary", "wage", "fee", "fees", "subtotal", "revenue",
    "deposit", "payout", "refund", "surcharge",
}  # fmt: skip
_NOT_MONEY = {
    "accuracy", "bytes", "confidence", "count", "duration", "factor", "fraction", "index",
    "kg", "latency", "loss", "meters", "ms", "multiplier", "percent", "percentage", "points",
    "quantity", "rate", "ratio", "score", "seconds", "time", "tokens", "volume", "weight",
}  # fmt: skip
_HISTORY = {
    "archive", "archived", "archives", "audit", "audits", "backup", "changelog", "event",
    "events", "histories", "history", "import", "imports", "invitation", "invitations",
    "invite", "invites", "log", "logs", "outbox", "queue", "revision", "revisions", "snapshot",
    "snapshots", "staging", "tmp", "temp", "version", "versions",
}  # fmt: skip
_EXTERNAL = {
    "client", "correlation", "device", "external", "ext", "foreign", "gateway", "github", "gitlab",
    "google", "idempotency", "legacy", "message", "object", "old", "original", "partner",
    "paypal", "process", "provider", "remote", "request", "session", "shotgun", "source",
    "stripe", "thread", "trace", "tracking", "transaction", "upstream", "vendor",
}  # fmt: skip


@functools.lru_cache(maxsize=8192)
def words(name: str) -> tuple[str, ...]:
    """Gives the words of a name in lower case: `apiToken` and `api_token` are the same.

    >>> words("apiToken_v2")
    ('api', 'token', 'v2')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return tuple(part.lower() for part in re.split(r"[^A-Za-z0-9]+", parted) if part)


@functools.lru_cache(maxsize=8192)
def secret(name: str) -> SecretKind | None:
    """Gives what kind of secret a column of that name holds, None when it holds none.

    >>> secret("api_token"), secret("token_count"), secret("password_hash"), secret("secret_santa")
    ('token', None, None, None)
    """
    said = words(name)
    if not said or _NOT_SECRET.intersection(said):
        return None
    if _PASSWORDS.intersection(said):
        return "password"
    if said[-1] == "token" and (len(said) == 1 or said[-2] in _TOKEN_OWNERS):
        return "token"
    if said in {("secret",), ("apikey",), ("secrets",)} or said[-2:] in _KEYS:
        return "key"
    return "personal" if said in _PERSONAL or said[-2:] in _PERSONAL else None


def is_money(name: str, table: str) -> bool:
    """Whether a column holds an amount of money.

    >>> is_money("unit_price", "lines"), is_money("total", "orders"), is_money("total", "runs")
    (True, True, False)
    """
    said = words(name)
    if not said or _NOT_MONEY.intersection(said):
        return False
    if said[-1] in _MONEY or (len(said) > 1 and said[-1] in {"eur", "usd", "gbp", "chf"}):
        return True
    sold = {"order", "orders", "invoice", "invoices", "cart", "carts", "basket", "payment"}
    return said[-1] == "total" and bool(sold.intersection(words(table)))


def is_cost(name: str) -> bool:
    """Whether a column holds a cost, which may as well be an estimate."""
    said = words(name)
    return bool(said) and said[-1] in {"cost", "costs"} and not _NOT_MONEY.intersection(said)


def is_email(name: str) -> bool:
    """Whether a column holds an e-mail address that names somebody."""
    return words(name) in {("email",), ("e", "mail"), ("email", "address"), ("mail",)}


def is_status(name: str) -> bool:
    """Whether a column holds the state of its row, of a short list of words."""
    said = words(name)
    if not said or said[-1] != "status":
        return False
    theirs = {"external", "http", "provider", "remote", "response", "gateway", "raw", "upstream"}
    return not theirs.intersection(said)


def keeps_history(table: str) -> bool:
    """Whether a table's rows outlive what they speak of: logs, events, versions, invitations."""
    return bool(_HISTORY.intersection(words(table)))


def is_diary(table: str) -> bool:
    """Whether a table tells what happened: its rows outlive what they speak of, as a history's.

    >>> is_diary("activities"), is_diary("audit_log"), is_diary("comments")
    (True, True, False)
    """
    told = {"activity", "activities", "feed", "notification", "notifications", "trail"}
    return keeps_history(table) or bool(told.intersection(words(table)))


def singular(table: str) -> str:
    """Gives what one row of a table is called: category of categories, line of order_lines.

    >>> singular("categories"), singular("order_lines"), singular("status"), singular("boxes")
    ('category', 'order_line', 'status', 'box')
    """
    if table.endswith("ies") and len(table) > 4:
        return f"{table[:-3]}y"
    if table.endswith(("xes", "ches", "shes", "sses")):
        return table[:-2]
    ends = table.endswith("s") and not table.endswith(("ss", "us", "is"))
    return table[:-1] if ends and len(table) > 2 else table


def snake(name: str) -> str:
    """Gives a name in lower case with underscores: device_name of deviceName.

    >>> snake("deviceName"), snake("HTTPCode"), snake("Id")
    ('device_name', 'http_code', 'id')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9_]+", "_", parted.lower())


def is_external(name: str) -> bool:
    """Whether a key column names the key of somebody else's system."""
    return bool(_EXTERNAL.intersection(words(name)))


@functools.lru_cache(maxsize=8192)
def table_names(singular: str) -> tuple[str, ...]:
    """Gives the names that a table of such things may have: category, categories, categorys.

    >>> table_names("category")
    ('category', 'categories', 'categorys', 'categoryes')
    """
    found = [singular]
    if singular.endswith("y"):
        found.append(f"{singular[:-1]}ies")
    found += [f"{singular}s", f"{singular}es"]
    return tuple(found)
