"""The designer: from a brief, which says what is true of a domain, to the tables that keep it.

`designer` runs the steps in their order; each adds its part to the `parts.Plan` and writes down
what it decided and why. `write` turns the plan into a module that a person would have written.
"""
