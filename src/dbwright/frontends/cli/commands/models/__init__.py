"""Work on models."""
