"""What comes through, with its reason: each is a fault to mend, and leaves the list then."""

from __future__ import annotations

KNOWN: dict[tuple[str, str], dict[str, str]] = {
    ("postgresql", "superuser"): {},
    ("postgresql", "role"): {},
    ("mariadb", "superuser"): {},
    ("mariadb", "role"): {},
    ("sqlite", "superuser"): {},
}
