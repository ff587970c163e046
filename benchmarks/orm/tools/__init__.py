"""The tools to compare; `inside` runs in their own environments."""
