"""Renderers, tried on reports made of values."""
