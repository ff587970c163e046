"""Work on queries."""
