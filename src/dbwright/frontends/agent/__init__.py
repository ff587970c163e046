"""What coding agents are told: agent files, written and taken away."""
