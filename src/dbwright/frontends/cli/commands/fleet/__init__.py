"""Many databases with one schema: upgraded in waves, asked, compared."""
