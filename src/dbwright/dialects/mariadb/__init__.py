"""What dbwright knows of MariaDB, much of it shared with MySQL."""
