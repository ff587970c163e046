"""A database without its rows, as its planner sees it."""
