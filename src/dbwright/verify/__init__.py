"""Proof: revisions rehearsed and traced on scratch databases, claims held against the traces."""
