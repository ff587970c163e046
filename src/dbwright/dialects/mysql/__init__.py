"""What dbwright knows of MySQL."""
