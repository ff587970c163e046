"""What code repeats for each turn of a loop, read from its source beside the mapped classes."""
