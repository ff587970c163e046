"""Proof of claims about queries."""
