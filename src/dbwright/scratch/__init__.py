"""Disposable databases: a server that we run or are given, and databases on it."""
