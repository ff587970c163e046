raise RuntimeError("reading a project must not run its code")
