"""Work on migrations."""
