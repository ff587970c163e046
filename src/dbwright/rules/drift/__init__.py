"""Rules about drift between the models and the migrated database; the walker finds them."""
