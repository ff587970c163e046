"""Recipes: proven procedures that produce the final contents of files."""
