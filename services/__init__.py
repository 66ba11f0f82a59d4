"""Everything that touches the world: the log, workflows, the API, files, mail, servers."""
