"""The MCP server: dbwright's jobs as tools of a coding agent. Nothing it does writes anything."""
