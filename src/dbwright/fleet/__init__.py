"""Fleets: many databases with the same schema, upgraded in waves, and compared."""
