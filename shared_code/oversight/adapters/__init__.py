"""Tables of problems, dead letters, switches and the audit."""
