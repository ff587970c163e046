"""Values: what dbwright knows and says. No I/O, imports nothing else of ours."""
