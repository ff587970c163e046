"""Collecting: what is read of a project without running its code."""
