"""What runs in a tool's own environment: `watch(module, found)` is open around a program's work."""
