"""Rules about queries, one file each; the walker finds them."""
