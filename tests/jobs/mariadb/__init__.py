"""A shop of MariaDB, and queries on it with what was seen of each."""
