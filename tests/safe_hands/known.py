"""What comes through, with its reason: each is a fault to mend, and leaves the list then."""

from __future__ import annotations

BUSY = "one call of the server's looks at no cancel: dbwright hangs up, and the server goes on"
KNOWN: dict[tuple[str, str], dict[str, str]] = {
    ("postgresql", "superuser"): {"trigrams-of-computed-size": BUSY},
    ("postgresql", "role"): {"trigrams-of-computed-size": BUSY},
    ("mariadb", "superuser"): {},
    ("mariadb", "role"): {},
    ("sqlite", "superuser"): {},
}
