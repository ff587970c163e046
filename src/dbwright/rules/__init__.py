"""What dbwright knows to be wrong: one file a rule, found by walking."""
