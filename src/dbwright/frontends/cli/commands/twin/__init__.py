"""Databases without their rows, as their planner sees them."""
