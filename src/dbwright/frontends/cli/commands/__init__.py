"""The commands, one module each; a package is a group."""
