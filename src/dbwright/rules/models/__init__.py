"""Rules about models, one file each; the walker finds them."""
