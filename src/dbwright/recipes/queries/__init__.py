"""Queries for rules: the tree, the reading beside the schema, the plan, and the ways out."""
