"""What dbwright knows of PostgreSQL."""
