"""Rules about migrations, one file each; the walker finds them."""
