"""What the shop does: each module changes one part of the data."""
