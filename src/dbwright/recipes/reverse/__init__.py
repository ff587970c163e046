"""From an inventory of a database to the models that a good engineer would have written."""
