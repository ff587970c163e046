"""What dbwright knows of SQLite."""
