"""The jobs: collect, analyze, advise, verify; the front ends render."""
