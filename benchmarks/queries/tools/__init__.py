"""The tools that the set asks, one file each; every file has `ask(question, home) -> Answer`."""
